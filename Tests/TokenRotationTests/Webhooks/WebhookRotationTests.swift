import HTTPTypes
import Testing
import TokenRotation
import TokenRotationTesting

/// Webhooks of a provider whose token changes.
@Suite("Webhooks across a rotation")
struct WebhookRotationTests {
  private let bench: Bench
  private let validator: WebhookSignatureValidator

  init() throws {
    bench = try Bench()
    validator = WebhookSignatureValidator(providers: bench.providers, address: try .base("https://example.com"))
  }

  /// A webhook of an account, signed with a token.
  private func webhook(_ token: AuthToken, account: String = Bench.sid) throws -> WebhookRequest {
    let parameters = [(name: "AccountSid", value: account), (name: "From", value: "+15005550006")]
    return Webhook(
      path: "/voice", body: form(parameters),
      signatures: [try WebhookSignature.sign(url: "https://example.com/voice", parameters: parameters, with: token)]
    ).request
  }

  private func role(_ token: AuthToken, of id: ProviderID? = nil) async throws -> WebhookTokenRole? {
    switch try await validator.validate(webhook(token), of: id) {
    case .accepted(let accepted): accepted.token
    case .refused: nil
    }
  }

  @Test func theVerdictNamesProviderAndToken() async throws {
    let id = try await bench.register().id
    let expected = WebhookVerdict.accepted(AcceptedWebhook(providerID: id, token: .current))
    #expect(try await validator.validate(webhook(bench.firstToken)) == expected)
    #expect(try await validator.validate(webhook(bench.firstToken), of: id) == expected)
    #expect(expected.isAccepted)
  }

  @Test func theCandidateIsAcceptedFromItsCreationOn() async throws {
    let id = try await bench.register().id
    _ = try await bench.providers.createSecondaryToken(of: id)
    let candidate = try #require(try await bench.candidate(id))
    #expect(try await role(bench.firstToken) == .current)
    #expect(try await role(candidate) == .candidate)
    try await bench.providers.deleteSecondaryToken(of: id)
    #expect(try await role(candidate) == nil)
  }

  @Test func theNewTokenIsCurrentAfterARotation() async throws {
    let id = try await bench.register().id
    _ = try await bench.providers.rotateAuthToken(of: id)
    #expect(try await role(bench.storedToken(id)) == .current)
  }

  @Test func aSubaccountsWebhooksAreItsOwn() async throws {
    _ = try await bench.register()
    let subaccount = "AC" + String(repeating: "b", count: 32)
    guard case .refused(let refusal) = try await validator.validate(webhook(bench.firstToken, account: subaccount))
    else {
      throw TokenRotationError(.tokenRefused, "It was accepted.")
    }
    #expect(refusal.code == .accountUnknown)
  }

  @Test func aStoreThatIsDownIsNoRefusal() async throws {
    let failing = try Bench(wrapStore: { _ in DownStore() })
    let validator = WebhookSignatureValidator(providers: failing.providers, address: try .base("https://example.com"))
    await expect(.storeFailed) { try await validator.validate(webhook(failing.firstToken)) }
    await expect(.storeFailed) { try await validator.validate(webhook(failing.firstToken), of: ProviderID("x")) }
  }

  @Test(arguments: [
    #"{"AccountSid":"\#(Bench.sid)"}"#, #" {"a":{"b":[1]},"accountSid":"\#(Bench.sid)"}"#,
    #"{"account_sid":"\#(Bench.sid)","AccountSid":null}"#,
  ])
  func aBodyInJSONNamesItsAccount(_ json: String) async throws {
    let id = try await bench.register().id
    let body = Array(json.utf8)
    let path = "/events?bodySHA256=" + (try WebhookSignature.digest(of: body))
    let signature = try WebhookSignature.sign(url: "https://example.com" + path, with: bench.firstToken)
    let webhook = Webhook(path: path, contentTypes: ["application/json"], body: body, signatures: [signature])
    #expect(
      try await validator.validate(webhook.request) == .accepted(AcceptedWebhook(providerID: id, token: .current)))
  }

  @Test(arguments: [
    (#"{"AccountSid":"AC1"}"#, WebhookRefusal.Code.accountMalformed), ("[]", .accountMissing), ("{", .accountMissing),
    ("{}", .accountMissing), (#"{"AccountSid":1}"#, .accountMissing), (#"["AccountSid"]"#, .accountMissing),
    (#"{"AccountSid":"a","account_sid":"b"}"#, .accountAmbiguous),
    (String(repeating: "[", count: 100_000), .accountMissing),
    (#"{"a":"# + String(repeating: "[", count: 100_000), .accountMissing), ("\u{0}", .accountMissing),
  ])
  func aBodyInJSONThatNamesNone(_ json: String, _ code: WebhookRefusal.Code) async throws {
    let body = Array(json.utf8)
    let path = "/events?bodySHA256=" + (try WebhookSignature.digest(of: body))
    let signature = try WebhookSignature.sign(url: "https://example.com" + path, with: bench.firstToken)
    let webhook = Webhook(path: path, contentTypes: ["application/json"], body: body, signatures: [signature])
    guard case .refused(let refusal) = try await validator.validate(webhook.request) else {
      throw TokenRotationError(.tokenRefused, "It was accepted.")
    }
    #expect(refusal.code == code)
  }

  @Test func theQueryOfAGetNamesTheAccount() async throws {
    let id = try await bench.register().id
    let path = "/voice?x=1&AccountSid=\(Bench.sid)"
    let signature = try WebhookSignature.sign(url: "https://example.com" + path, with: bench.firstToken)
    let webhook = Webhook(method: .get, path: path, contentTypes: [], signatures: [signature])
    #expect(
      try await validator.validate(webhook.request) == .accepted(AcceptedWebhook(providerID: id, token: .current)))
  }

  @Test func everyTokenAndEveryProviderIsTried() async throws {
    let (one, two) = (try ProviderID("us"), try ProviderID("ie"))
    let tokens = try (0..<5).map { _ in try AuthToken.random() }
    let account = try AccountSID(Bench.sid)
    let validator = WebhookSignatureValidator(
      tokens: FixedTokens(
        tokens: [
          one: [.init(.current, tokens[0]), .init(.candidate, tokens[1])],
          two: [.init(.current, tokens[2]), .init(.candidate, tokens[3]), .init(.previous, tokens[4])],
        ], providers: [account: [one, two]]), address: try .base("https://example.com"))
    for (token, id, role) in [
      (0, one, WebhookTokenRole.current), (1, one, .candidate), (2, two, .current), (3, two, .candidate),
      (4, two, .previous),
    ] {
      #expect(
        try await validator.validate(webhook(tokens[token]))
          == .accepted(AcceptedWebhook(providerID: id, token: role)))
    }
  }
}

/// A store that does nothing.
private struct DownStore: ProviderStore {
  private static let failure = TokenRotationError(.storeFailed, "It is down.")

  var isDurable: Bool { false }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord { throw Self.failure }
  func read(_ id: ProviderID) async throws -> StoredRecord? { throw Self.failure }
  func find(accountSID: AccountSID) async throws -> [StoredRecord] { throw Self.failure }
  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    throw Self.failure
  }
  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws { throw Self.failure }
  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage { throw Self.failure }
}
