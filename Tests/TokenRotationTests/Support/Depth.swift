import LoopbackSupport
import Testing
import TokenRotation
import TokenRotationSimulator

/// How far away the simulated Twilio is from the operations under test.
enum Depth: String, CaseIterable, Sendable {
  /// Called directly.
  case memory
  /// On loopback, behind a plain client on sockets.
  case sockets
  /// On loopback, behind libcurl.
  case libcurl

  /// Makes a host whose simulator is that far away, for the time of `body`.
  func withBench(_ body: (Bench) async throws -> Void) async throws {
    switch self {
    case .memory: try await body(Bench())
    case .sockets: try await Self.withServer(SocketTransport(), body)
    case .libcurl: try await Self.withServer(CurlTransport(), body)
    }
  }

  private static func withServer(
    _ transport: any HTTPTransport, _ body: (Bench) async throws -> Void
  ) async throws {
    let twilio = try Bench.simulator()
    let server = try LoopbackServer { twilio.perform($0) }
    defer { server.stop() }
    let endpoints = try TwilioEndpoints.redirected(to: server.baseURL)
    // Real time, of which a busy machine takes as much as it likes.
    let patient = try RotationTimings(requestDeadline: .seconds(90))
    try await body(
      Bench(
        twilio: twilio,
        configure: {
          $0.endpoints = endpoints
          $0.timings = patient
        }, wrapTransport: { _ in transport }))
  }
}
