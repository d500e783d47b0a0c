import Foundation
import HTTPTypes
import Logging
import Testing
import TokenRotation

/// Providers and their tokens, without a store.
struct FixedTokens: WebhookTokens {
  var tokens: [ProviderID: [WebhookToken]] = [:]
  var providers: [AccountSID: [ProviderID]] = [:]

  func tokensForWebhooks(of id: ProviderID) async throws -> [WebhookToken] {
    guard let tokens = tokens[id] else { throw TokenRotationError(.providerNotFound, "There is none.") }
    return tokens
  }

  func providerIDs(ofAccount sid: AccountSID) async throws -> [ProviderID] { providers[sid] ?? [] }
}

/// What is sent: changed bit by bit by the tests.
struct Webhook {
  var method = HTTPRequest.Method.post
  var path = "/myapp.php?foo=1&bar=2"
  var contentTypes = ["application/x-www-form-urlencoded"]
  var body: [UInt8] = []
  var signatures: [String] = []
  var fields: [(String, String)] = []
  var scheme: String? = "http"
  var authority: String? = "10.0.0.1:8080"
  var peer: String? = "10.0.0.7"

  var request: WebhookRequest {
    var head = HTTPRequest(method: method, scheme: scheme, authority: authority, path: path)
    let all =
      fields + contentTypes.map { ("Content-Type", $0) } + signatures.map { ("X-Twilio-Signature", $0) }
    for (name, value) in all {
      guard let name = HTTPField.Name(name) else { continue }
      head.headerFields.append(HTTPField(name: name, value: value))
    }
    return WebhookRequest(head: head, body: body, peerAddress: peer)
  }
}

/// One provider, and a validator that knows it.
struct WebhookBench {
  static let base = "https://mycompany.com"

  let provider: ProviderID
  let account: AccountSID
  let token: AuthToken
  let validator: WebhookSignatureValidator

  init(
    _ token: String = "12345", address: WebhookAddress? = nil, limits: WebhookLimits = .init(),
    others: [WebhookToken] = []
  ) throws {
    provider = try ProviderID("support line")
    account = try AccountSID(Bench.sid)
    self.token = try AuthToken(issued: token.utf8)
    var configuration = TokenRotationConfiguration()
    configuration.logger.logLevel = .critical
    validator = WebhookSignatureValidator(
      tokens: FixedTokens(
        tokens: [provider: [WebhookToken(.current, self.token)] + others], providers: [account: [provider]]),
      address: try address ?? .base(Self.base), limits: limits, configuration: configuration)
  }

  /// The code of the refusal; nil if it is accepted.
  func refusal(_ webhook: Webhook, byAccount: Bool = false) async throws -> WebhookRefusal.Code? {
    switch try await validator.validate(webhook.request, of: byAccount ? nil : provider) {
    case .accepted(let accepted):
      #expect(accepted.providerID == provider)
      return nil
    case .refused(let refusal):
      #expect(WebhookRefusal.Code.all.contains(refusal.code))
      return refusal.code
    }
  }
}

/// Encodes a form as a browser does.
func form(_ parameters: [(name: String, value: String)]) -> [UInt8] {
  Array(parameters.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&").utf8)
}

private func encoded(_ text: String) -> String {
  text.utf8.map { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      String(UnicodeScalar(byte))
    case UInt8(ascii: " "): "+"
    default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }.joined()
}
