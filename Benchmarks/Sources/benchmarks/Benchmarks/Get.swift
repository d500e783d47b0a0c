import CBenchmarkPeers
import HTTPTypes
import TokenRotation

/// One small GET after the other, with a number of them in flight: what a call to Twilio costs beside the network.
enum Get {
  static let inFlight = [1, 16, 64]

  static func contests(_ site: Site) -> [Contest] {
    Site.Kind.allCases.flatMap { kind in
      inFlight.map { inFlight in
        Contest(
          "get/\(kind)/\(inFlight)", .rate,
          peers: [
            Contest.Peer("libcurl", .atLeast(inFlight == 1 ? 0.85 : 0.95)) {
              try LibcurlGet(site, kind, inFlight: inFlight)
            },
            Contest.Peer("async-http-client", .atLeast(1.4)) {
              try await AsyncHTTPClientGet(site, kind, inFlight: inFlight)
            },
          ]
        ) { try TransportGet(site, kind, inFlight: inFlight) }
      }
    }
  }
}

/// `CurlTransport`, as `TwilioProviders` uses it.
struct TransportGet: Workload {
  private let transport: CurlTransport
  private let request: TransportRequest
  private let inFlight: Int
  private let bodySize: Int

  init(_ site: Site, _ kind: Site.Kind, inFlight: Int) throws {
    transport = try CurlTransport(configuration: .reaching(site))
    request = TransportRequest(
      head: HTTPRequest(
        method: .get, scheme: site.scheme(kind), authority: site.authority(kind), path: Site.path,
        headerFields: [.accept: "application/json"]),
      credentials: BasicCredentials(username: Site.accountSID, password: try AuthToken(parsing: Site.authToken)),
      deadline: .seconds(15),
      mayBeSentAgain: true)
    self.inFlight = inFlight
    bodySize = site.answer.count
  }

  func run(_ count: Int) async throws {
    try await performing(count, inFlight: inFlight) { _ in
      let response = try await transport.send(request)
      guard response.head.status == .ok, response.body.count == bodySize else {
        throw UnexpectedResult("CurlTransport: \(response)")
      }
    }
  }

  func finish() async { await transport.shutdown() }
}

/// libcurl driven from plain C, on the thread that asks.
// Unchecked, because of the pointer: the race runs one turn at a time and finishes after the last one.
struct LibcurlGet: Workload, @unchecked Sendable {
  private let peer: OpaquePointer
  private let bodySize: Int

  init(_ site: Site, _ kind: Site.Kind, inFlight: Int) throws {
    guard
      let peer = getPeerMake(
        site.url(kind), Site.accountSID, Site.authToken, site.certificateAuthorityFile, Int32(inFlight))
    else { throw UnexpectedResult("libcurl could not be set up") }
    self.peer = peer
    bodySize = site.answer.count
  }

  func run(_ count: Int) throws {
    guard getPeerRun(peer, count, bodySize) == 0 else { throw UnexpectedResult("libcurl gave another answer") }
  }

  func finish() { getPeerFree(peer) }
}

extension CurlTransport.Configuration {
  /// The default settings, but for whom to trust; whatever proxy the machine has is of no interest here.
  static func reaching(_ site: Site) -> Self {
    var configuration = Self()
    configuration.certificateAuthorityFile = site.certificateAuthorityFile
    configuration.proxy = .none
    return configuration
  }
}
