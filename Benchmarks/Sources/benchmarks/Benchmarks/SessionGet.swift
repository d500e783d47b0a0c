import HTTPTypes
import Logging
import TokenRotation

/// A call through a session, beside the same call through the transport alone.
enum SessionCalls {
  static func contests(_ site: Site) -> [Contest] {
    Site.Kind.allCases.map { kind in
      Contest(
        "session/\(kind)/16", .time,
        peers: [Contest.Peer("transport", .atMost(1.05)) { try TransportGet(site, kind, inFlight: 16) }]
      ) { try await SessionGet(site, kind, inFlight: 16) }
    }
  }
}

/// `TwilioSession`, over the transport that it is compared with.
struct SessionGet: Workload {
  private let transport: CurlTransport
  private let session: TwilioSession
  private let request: HTTPRequest
  private let inFlight: Int
  private let bodySize: Int

  init(_ site: Site, _ kind: Site.Kind, inFlight: Int) async throws {
    transport = try CurlTransport(configuration: .reaching(site))
    let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    let providers = try TwilioProviders(
      store: InMemoryProviderStore(), keyring: Keyring(sealingKey: Keyring.Key(bytes: key)), transport: transport,
      configuration: TokenRotationConfiguration(
        endpoints: try .redirected(to: site.base(kind)),
        logger: .init(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() }))
    let provider = try await providers.register(
      accountSID: AccountSID(Site.accountSID), authToken: AuthToken(parsing: Site.authToken), name: "Benchmark")
    session = providers.session(for: provider.id)
    request = HTTPRequest(
      method: .get, scheme: site.scheme(kind), authority: site.authority(kind), path: Site.path,
      headerFields: [.accept: "application/json"])
    self.inFlight = inFlight
    bodySize = site.answer.count
  }

  func run(_ count: Int) async throws {
    try await performing(count, inFlight: inFlight) { _ in
      let response = try await session.send(request)
      guard response.head.status == .ok, response.body.count == bodySize else {
        throw UnexpectedResult("TwilioSession: \(response)")
      }
    }
  }

  func finish() async { await transport.shutdown() }
}
