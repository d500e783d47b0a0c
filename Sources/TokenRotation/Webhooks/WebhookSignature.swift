#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
public import TokenRotationCore
import TokenRotationOpenSSL

/// What Twilio writes into `X-Twilio-Signature`: for tests and tools that play Twilio.
///
/// To check a webhook, use ``WebhookSignatureValidator``: comparing what this gives is not done in constant time, and
/// covers neither the spellings of an address nor a body in JSON.
public enum WebhookSignature {
  /// Signs a webhook as Twilio does.
  ///
  /// - Parameters:
  ///   - url: The address that is called, with its query.
  ///   - parameters: Names and values of the form that is sent, decoded; none for GET and for JSON.
  ///   - token: The account's primary token.
  /// - Returns: The base64 of HMAC-SHA1 over the address and the parameters, sorted by name.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/cipherFailed``.
  public static func sign(
    url: String, parameters: [(name: String, value: String)] = [], with token: AuthToken
  ) throws -> String {
    var values: [[UInt8]: Set<[UInt8]>] = [:]
    for (name, value) in parameters { values[Array(name.utf8), default: []].insert(Array(value.utf8)) }
    var message = Array(url.utf8)
    for (name, values) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      for value in values.sorted(by: { $0.lexicographicallyPrecedes($1) }) { message += name + value }
    }
    let code = try token.withUnsafeBytes { key in
      try HMACSHA1.withKey(HMACSHA1.Key(key)) { mac in
        try message.withUnsafeBytes { try mac.update($0) }
        return try mac.finish()
      }
    }
    return Data(code.bytes).base64EncodedString()
  }

  /// The value of the parameter `bodySHA256` that Twilio appends to the query of a webhook whose body is JSON.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/cipherFailed``.
  public static func digest(of body: [UInt8]) throws -> String {
    String(decoding: try SHA256Text.of(body), as: UTF8.self)
  }
}
