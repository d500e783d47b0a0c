#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The one thing that is read of a webhook in JSON: whose it says it is.
enum JSONWebhook {
  /// The spellings that Twilio's products use for the name.
  private struct Body: Decodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let AccountSid: String?
    let accountSid: String?
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let account_sid: String?
  }

  /// The account SID at the top of an object; nil if there is none, or the body is something else.
  ///
  /// - Throws: ``WebhookRefusal`` if it is there in several spellings that do not agree.
  static func accountSID(in body: [UInt8]) throws -> String? {
    guard body.first(where: { $0 > UInt8(ascii: " ") }) == UInt8(ascii: "{"),
      let body = try? JSONDecoder().decode(Body.self, from: Data(body))
    else { return nil }
    let values = Set([body.AccountSid, body.accountSid, body.account_sid].compactMap { $0 })
    guard values.count <= 1 else {
      throw WebhookRefusal(.accountAmbiguous, "The webhook names several values for AccountSid.")
    }
    return values.first
  }
}
