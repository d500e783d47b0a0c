import Logging
import TokenRotation

/// A whole update of a token, from reading the record to the compare-and-swap, beside the one request that it sends.
enum Update {
  static func contests(_ site: Site) -> [Contest] {
    Site.Kind.allCases.flatMap { kind in
      Get.inFlight.map { inFlight in
        Contest(
          "update/\(kind)/\(inFlight)", .rate,
          peers: [
            Contest.Peer("transport", .atLeast(0.85)) { try TransportGet(site, kind, inFlight: inFlight) }
          ]
        ) { try await TokenUpdate(site, kind, inFlight: inFlight) }
      }
    }
  }
}

/// `TwilioProviders.updateAuthToken(of:to:)`, with a provider for each update that is in flight.
struct TokenUpdate: Workload {
  private let transport: CurlTransport
  private let providers: TwilioProviders
  private let ids: [ProviderID]
  private let token: AuthToken

  init(_ site: Site, _ kind: Site.Kind, inFlight: Int) async throws {
    var configuration = TokenRotationConfiguration(endpoints: try .redirected(to: site.base(kind)))
    // As in production, each line is made; only nobody reads it.
    configuration.logger = Logger(label: "benchmarks") { _ in UnreadLog() }
    transport = try CurlTransport(configuration: .reaching(site))
    let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    providers = try TwilioProviders(
      store: InMemoryProviderStore(), keyring: Keyring(sealingKey: Keyring.Key(bytes: key)), transport: transport,
      configuration: configuration)
    token = try AuthToken(parsing: Site.authToken)
    var ids: [ProviderID] = []
    for number in 0..<inFlight {
      // One account can be registered once for each region.
      let provider = try await providers.register(
        accountSID: AccountSID(Site.accountSID), authToken: token, name: "Benchmark",
        region: TwilioRegion("benchmark.r\(number)"))
      ids.append(provider.id)
    }
    self.ids = ids
  }

  func run(_ count: Int) async throws {
    try await performing(count, inFlight: ids.count) { worker in
      let provider = try await providers.updateAuthToken(of: ids[worker], to: token)
      guard provider.verification.status == .verified else { throw UnexpectedResult("the update did not verify") }
    }
  }

  func finish() async { await transport.shutdown() }
}

/// Takes every line of a level that production logs, and does nothing with it.
private struct UnreadLog: LogHandler {
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { use(event) }
}
