import CBenchmarkPeers
import Foundation
import HTTPTypes
import TokenRotation
import TokenRotationTesting

/// Telling whether Twilio signed a webhook of five parameters, from header fields and body to the verdict.
enum Webhooks {
  static let base = "https://mycompany.com"
  static let path = "/myapp.php?foo=1&bar=2"
  static let parameters = [
    (name: "CallSid", value: "CA1234567890ABCDE"), (name: "Caller", value: "+14158675309"),
    (name: "Digits", value: "1234"), (name: "From", value: "+14158675309"), (name: "To", value: "+18005551212"),
  ]
  static let form = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"

  static func contests() -> [Contest] {
    [
      Contest(
        "webhook", .time,
        peers: [
          Contest.Peer("hmac-in-c", .atMost(1.5)) { try PlainCHMAC() },
          Contest.Peer("twilio-python", .atMost(1.0 / 30)) { try TwilioPython() },
        ]
      ) { try await Validation() }
    ]
  }

  static func token() throws -> AuthToken { try AuthToken(parsing: Site.authToken) }

  static func signature() throws -> String {
    try WebhookSignature.sign(url: base + path, parameters: parameters, with: token())
  }
}

/// `WebhookSignatureValidator.validate(_:of:)`, with the token that a store holds.
struct Validation: Workload {
  private let validator: WebhookSignatureValidator
  private let provider: ProviderID
  private let request: WebhookRequest

  init() async throws {
    let answer = #"{"sid":"\#(Site.accountSID)","status":"active","auth_token":"\#(Site.authToken)"}"#
    let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    let providers = try TwilioProviders(
      store: InMemoryProviderStore(), keyring: Keyring(sealingKey: Keyring.Key(bytes: key)),
      transport: ScriptedTransport { _ in TransportResponse(head: .init(status: .ok), body: Array(answer.utf8)) })
    provider = try await providers.register(
      accountSID: AccountSID(Site.accountSID), authToken: Webhooks.token(), name: "Benchmark"
    ).id
    validator = WebhookSignatureValidator(providers: providers, address: try .base(Webhooks.base))
    var head = HTTPRequest(method: .post, scheme: "http", authority: "10.0.0.1:8080", path: Webhooks.path)
    // As Twilio sends them.
    for (name, value) in [
      ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"), ("Content-Length", "127"),
      ("I-Twilio-Idempotency-Token", "3f2c2b1a-0000-4000-8000-000000000000"), ("Accept", "*/*"),
      ("X-Twilio-Signature", try Webhooks.signature()), ("User-Agent", "TwilioProxy/1.1"),
    ] {
      guard let name = HTTPField.Name(name) else { throw UnexpectedResult("no field is called \(name)") }
      head.headerFields.append(HTTPField(name: name, value: value))
    }
    request = WebhookRequest(head: head, body: Array(Webhooks.form.utf8))
  }

  func run(_ count: Int) async throws {
    for _ in 0..<count {
      guard try await validator.validate(request, of: provider).isAccepted else {
        throw UnexpectedResult("a webhook was refused")
      }
    }
  }
}

/// OpenSSL's HMAC over what is signed, and nothing else: no parsing, one spelling of the address.
// Unchecked, because a pointer is never Sendable: the race calls from one place at a time.
final class PlainCHMAC: Workload, @unchecked Sendable {
  private let peer: OpaquePointer
  private let key = Array(Site.authToken.utf8)
  private let message = Array(
    (Webhooks.base + Webhooks.path + Webhooks.parameters.map { $0.name + $0.value }.joined()).utf8)

  init() throws {
    guard let peer = hmacPeerMake() else { throw UnexpectedResult("OpenSSL refused") }
    self.peer = peer
    // Both sides of the comparison have to do the same.
    guard try Data(code(1)).base64EncodedString() == Webhooks.signature() else {
      throw UnexpectedResult("the peer computes something else")
    }
  }

  deinit { hmacPeerFree(peer) }

  func run(_ count: Int) throws { use(try code(count)) }

  private func code(_ count: Int) throws -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 20)
    guard hmacPeerRun(peer, key, key.count, message, message.count, count, &code) == 0 else {
      throw UnexpectedResult("OpenSSL refused")
    }
    return code
  }
}

/// `RequestValidator` of Twilio's library for Python, in a process of its own that counts as little as it can.
// Unchecked, because a process is not Sendable: the race calls from one place at a time.
final class TwilioPython: Workload, @unchecked Sendable {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  init() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let python = environment["BENCH_PYTHON"], let script = environment["BENCH_VALIDATOR"] else {
      throw UnexpectedResult("BENCH_PYTHON and BENCH_VALIDATOR are not set; run Scripts/bench")
    }
    let webhook = try JSONSerialization.data(withJSONObject: [
      "token": Site.authToken, "url": Webhooks.base + Webhooks.path, "signature": try Webhooks.signature(),
      "parameters": Dictionary(uniqueKeysWithValues: Webhooks.parameters.map { ($0.name, $0.value) }),
    ])
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-B", script, String(decoding: webhook, as: UTF8.self)]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  func run(_ count: Int) throws {
    try input.fileHandleForWriting.write(contentsOf: Data("\(count)\n".utf8))
    guard try output.fileHandleForReading.read(upToCount: 5) == Data("done\n".utf8) else {
      throw UnexpectedResult("Twilio's library did not accept the webhook")
    }
  }

  func finish() async {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
