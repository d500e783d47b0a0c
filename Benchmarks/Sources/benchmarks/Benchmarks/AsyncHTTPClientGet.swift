import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// async-http-client, the usual choice on Swift servers, with its default settings where they do not hold it back.
struct AsyncHTTPClientGet: Workload {
  private let client: HTTPClient
  private let request: HTTPClientRequest
  private let inFlight: Int
  private let bodySize: Int

  init(_ site: Site, _ kind: Site.Kind, inFlight: Int) async throws {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .file(site.certificateAuthorityFile)
    tls.minimumTLSVersion = .tlsv12
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
    configuration.redirectConfiguration = .disallow
    // Eight by default, so that more requests would wait for each other.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(8, inFlight)
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    var request = HTTPClientRequest(url: site.url(kind))
    request.headers.add(name: "accept", value: "application/json")
    request.setBasicAuth(username: Site.accountSID, password: Site.authToken)
    self.request = request
    self.inFlight = inFlight
    bodySize = site.answer.count
  }

  func run(_ count: Int) async throws {
    try await performing(count, inFlight: inFlight) { _ in
      let response = try await client.execute(request, timeout: .seconds(15))
      let body = try await response.body.collect(upTo: 1_048_576)
      guard response.status == .ok, body.readableBytes == bodySize else {
        throw UnexpectedResult("async-http-client: \(response.status), \(body.readableBytes) bytes")
      }
    }
  }

  func finish() async throws { try await client.shutdown() }
}
