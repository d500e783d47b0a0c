#if Hummingbird
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing
import TokenRotation
import TokenRotationHummingbird

@Suite("The middleware for Hummingbird")
struct TwilioWebhookMiddlewareTests {
  struct Context: WebhookRequestContext, RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    var webhook: AcceptedWebhook?
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
      coreContext = .init(source: source)
      remoteAddress = source.channel.remoteAddress
    }
  }

  static let account = "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
  static let base = "https://voice.example.com"

  private let token: AuthToken
  private let tokens: Tokens
  private let refusals = Refusals()

  init() throws {
    token = try AuthToken(issued: "12345".utf8)
    tokens = Tokens(id: try ProviderID("support line"), account: try AccountSID(Self.account), token: token)
  }

  private func application(
    address: WebhookAddress? = nil, limits: WebhookLimits = .init(), tokens: (any WebhookTokens)? = nil,
    provider: @escaping TwilioWebhookMiddleware<Context>.ProviderLookup = { _, _ in nil }
  ) throws -> some ApplicationProtocol {
    var configuration = TokenRotationConfiguration()
    configuration.logger.logLevel = .critical
    let validator = WebhookSignatureValidator(
      tokens: tokens ?? self.tokens, address: try address ?? .base(Self.base), limits: limits,
      configuration: configuration)
    let router = Router(context: Context.self)
    let middleware = TwilioWebhookMiddleware<Context>(
      validator, onRefusal: { [refusals] refusal, _ in refusals.add(refusal) }, provider: provider)
    let group = router.group("webhooks").add(middleware: middleware)
    group.post("voice") { request, context in
      let body = try await request.body.collect(upTo: 1 << 20)
      return "\(context.webhook?.providerID.description ?? "nobody"): \(String(buffer: body))"
    }
    group.get("voice") { _, context in context.webhook?.token.rawValue ?? "nobody" }
    var logger = Logger(label: "tests")
    logger.logLevel = .critical
    return Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)), logger: logger)
  }

  private static let parameters = [(name: "AccountSid", value: account), (name: "Body", value: "hello")]
  private static let form = "Body=hello&AccountSid=\(account)"

  private func headers(signedFor url: String = base + "/webhooks/voice") throws -> HTTPFields {
    var headers = HTTPFields()
    headers[.contentType] = "application/x-www-form-urlencoded"
    headers[try Self.name("X-Twilio-Signature")] = try WebhookSignature.sign(
      url: url, parameters: Self.parameters, with: token)
    return headers
  }

  private static func name(_ name: String) throws -> HTTPField.Name { try #require(HTTPField.Name(name)) }

  @Test(arguments: [true, false]) func whatTwilioSignedArrivesWithItsBody(isLive: Bool) async throws {
    let headers = try headers()
    try await application().test(isLive ? .live : .router) { client in
      try await client.execute(
        uri: "/webhooks/voice", method: .post, headers: headers, body: ByteBuffer(string: Self.form)
      ) { response in
        #expect(response.status == .ok)
        #expect(String(buffer: response.body) == "support line: \(Self.form)")
      }
    }
    #expect(refusals.codes.isEmpty)
  }

  @Test func aGetIsSignedByItsAddress() async throws {
    let signature = try WebhookSignature.sign(url: Self.base + "/webhooks/voice?x=%20y", with: token)
    let name = try Self.name("X-Twilio-Signature")
    let id = tokens.id
    try await application(provider: { _, _ in id }).test(.router) { client in
      try await client.execute(uri: "/webhooks/voice?x=%20y", method: .get, headers: [name: signature]) { response in
        #expect(response.status == .ok)
        #expect(String(buffer: response.body) == "current")
      }
    }
  }

  @Test(arguments: [true, false]) func everythingElseIsForbiddenAndTheReasonIsOurs(isLive: Bool) async throws {
    let headers = try headers()
    let unsigned = HTTPFields([HTTPField(name: .contentType, value: "application/x-www-form-urlencoded")])
    try await application().test(isLive ? .live : .router) { client in
      var answers: Set<String> = []
      for (headers, body) in [
        (headers, Self.form + "&x=1"), (unsigned, Self.form),
        (headers, "Body=hello&AccountSid=AC\(String(repeating: "0", count: 32))"), (headers, "%"),
      ] as [(HTTPFields, String)] {
        try await client.execute(
          uri: "/webhooks/voice", method: .post, headers: headers, body: ByteBuffer(string: body)
        ) { response in
          #expect(response.status == .forbidden)
          #expect(response.headers[.contentType] == "application/problem+json")
          answers.insert(String(buffer: response.body))
        }
      }
      #expect(answers.count == 1, "strangers are not told apart")
      #expect(answers.allSatisfy { $0.contains(#""status":403"#) })
    }
    #expect(
      refusals.codes == [.signatureMismatch, .signatureMissing, .accountUnknown, .percentEncodingMalformed])
  }

  @Test(arguments: [true, false]) func aBodyOverTheLimitIsNotRead(isLive: Bool) async throws {
    let headers = try headers()
    try await application(limits: .init(bodySize: 100)).test(isLive ? .live : .router) { client in
      try await client.execute(
        uri: "/webhooks/voice", method: .post, headers: headers, body: ByteBuffer(repeating: 0x61, count: 101)
      ) { response in
        #expect(response.status == .contentTooLarge)
        #expect(String(buffer: response.body).contains(#""status":413"#))
      }
    }
    #expect(refusals.codes == [.bodyTooLarge])
  }

  @Test func aStoreThatIsDownIsNoRefusal() async throws {
    let headers = try headers()
    try await application(tokens: Tokens(id: tokens.id, account: tokens.account, token: nil)).test(.router) { client in
      try await client.execute(
        uri: "/webhooks/voice", method: .post, headers: headers, body: ByteBuffer(string: Self.form)
      ) { response in
        #expect(response.status == .serviceUnavailable)
        #expect(String(buffer: response.body).contains(#""status":503"#))
      }
    }
    #expect(refusals.codes.isEmpty)
  }

  /// The connection comes from 127.0.0.1, so that is the proxy.
  @Test(arguments: [("127.0.0.0/8", HTTPResponse.Status.ok), ("10.0.0.0/8", .forbidden)])
  func whatAProxySaysCountsByItsAddress(_ range: String, _ status: HTTPResponse.Status) async throws {
    let address = WebhookAddress.forwarded([.xForwardedProto, .xForwardedHost], from: [try AddressRange(range)])
    var headers = try headers()
    headers[try Self.name("X-Forwarded-Proto")] = "https"
    headers[try Self.name("X-Forwarded-Host")] = "voice.example.com"
    let sent = headers
    try await application(address: address).test(.live) { client in
      try await client.execute(
        uri: "/webhooks/voice", method: .post, headers: sent, body: ByteBuffer(string: Self.form)
      ) { #expect($0.status == status) }
    }
  }

  /// One provider; its token, or a store that is down.
  private struct Tokens: WebhookTokens {
    let id: ProviderID
    let account: AccountSID
    let token: AuthToken?

    func tokensForWebhooks(of id: ProviderID) async throws -> [WebhookToken] {
      guard let token else { throw TokenRotationError(.storeFailed, "It is down.") }
      return [WebhookToken(.current, token)]
    }

    func providerIDs(ofAccount sid: AccountSID) async throws -> [ProviderID] { sid == account ? [id] : [] }
  }

  private final class Refusals: Sendable {
    private let all = Mutex<[WebhookRefusal]>([])

    var codes: [WebhookRefusal.Code] { all.withLock { $0.map(\.code) } }

    func add(_ refusal: WebhookRefusal) { all.withLock { $0.append(refusal) } }
  }
}
#endif
