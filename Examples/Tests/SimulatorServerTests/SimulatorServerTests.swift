import HTTPTypes
import SimulatorServer
import Testing
import TokenRotation
import TokenRotationSimulator

/// Asks one simulator through a socket and its twin, of the same seed, in memory.
@Suite("A simulator behind a socket answers as it does in memory", .timeLimit(.minutes(1)))
struct SimulatorServerTests {
  /// Requests that tell the answers apart: each follows on those before it.
  private static let requests: [(HTTPRequest.Method, path: String, token: String?)] = [
    (.get, "/2010-04-01/Accounts/AC11111111111111111111111111111111.json?x=1", "a"),
    (.get, "/2010-04-01/Accounts/AC11111111111111111111111111111111.json", "b"),
    (.get, "/2010-04-01/Accounts/AC11111111111111111111111111111111.json", nil),
    (.post, "/v1/AuthTokens/Secondary", "a"),
    (.post, "/v1/AuthTokens/Secondary", "a"),
    (.delete, "/v1/AuthTokens/Secondary", "a"),
    (.post, "/v1/AuthTokens/Promote", "a"),
    (.put, "/v1/AuthTokens/Promote", "a"),
    (.get, "/", "a"),
  ]

  private let sid: AccountSID
  private let primary: AuthToken

  init() throws {
    sid = try AccountSID("AC11111111111111111111111111111111")
    primary = try AuthToken(parsing: String(repeating: "a", count: 32))
  }

  private func simulator() -> TwilioSimulator {
    TwilioSimulator(
      accounts: [SimulatedAccount(sid: sid, primary: primary)], time: StandingTime(),
      generator: SeededRandomNumberGenerator(seed: 1))
  }

  private func request(
    _ port: Int, _ method: HTTPRequest.Method, _ path: String, _ digit: String?, body: [UInt8] = []
  ) throws -> TransportRequest {
    let credentials = try digit.map {
      BasicCredentials(
        username: sid.description, password: try AuthToken(parsing: String(repeating: $0, count: 32)))
    }
    return TransportRequest(
      head: HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:\(port)", path: path), body: body,
      credentials: credentials, deadline: .seconds(20), mayBeSentAgain: method == .get)
  }

  @Test("status, headers and body are the same")
  func twins() async throws {
    let (transport, twin) = (try CurlTransport(), simulator())
    try await withSimulatorServer(simulator()) { server in
      for (method, path, token) in Self.requests {
        let request = try request(server.port, method, path, token)
        let (served, expected) = (try await transport.send(request), twin.perform(request))
        #expect(served.head.status.code == expected.head.status.code, "\(method) \(path)")
        #expect(served.body == expected.body, "\(method) \(path)")
        for field in expected.head.headerFields { #expect(served.head.headerFields[field.name] == field.value) }
      }
    }
  }

  @Test("sixteen callers at once on connections of their own and kept ones")
  func concurrency() async throws {
    let (transport, twilio) = (try CurlTransport(), simulator())
    try await withSimulatorServer(twilio) { server in
      let request = try request(server.port, .get, Self.requests[1].path, "a")
      let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 1...16 {
          group.addTask {
            var accepted = 0
            for _ in 1...25 where try await transport.send(request).head.status == .ok { accepted += 1 }
            return accepted
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(accepted == 400)
    }
    #expect(twilio.requestCount(of: .fetchAccount) == 400)
  }

  @Test("a body that is too large is refused, and the simulator does not see it")
  func largeBody() async throws {
    let (transport, twilio) = (try CurlTransport(), simulator())
    try await withSimulatorServer(twilio) { server in
      let body = [UInt8](repeating: UInt8(ascii: "x"), count: 65_537)
      let request = try request(server.port, .post, "/v1/AuthTokens/Secondary", "a", body: body)
      #expect(try await transport.send(request).head.status == .contentTooLarge)
    }
    #expect(twilio.requestCounts.isEmpty)
  }

  @Test("once stopped, nobody listens; a port that is taken is an error")
  func stopping() async throws {
    let transport = try CurlTransport()
    let server = try await SimulatorServer.start(simulator())
    let request = try request(server.port, .get, "/", "a")
    _ = try await transport.send(request)
    await #expect(throws: (any Error).self) {
      _ = try await SimulatorServer.start(simulator(), port: server.port)
    }
    await server.stop()
    let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
    #expect(error?.delivery == .notSent)
  }
}
