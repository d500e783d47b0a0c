import Foundation
import HTTPTypes
import SimulatorServer
import Testing
import TokenRotation
import TokenRotationSimulator

@Suite("The simulator's Console and its latency, for programs that judge others", .timeLimit(.minutes(1)))
struct SimulatedConsoleTests {
  private let sid = "AC22222222222222222222222222222222"
  private let transport: CurlTransport
  private let twilio = TwilioSimulator()

  init() throws { transport = try CurlTransport() }

  private func send(
    _ method: HTTPRequest.Method, _ path: String, to server: SimulatorServer, _ body: String = "",
    as token: String? = nil, within deadline: Duration = .seconds(20)
  ) async throws -> (status: Int, body: String) {
    let response = try await transport.send(
      TransportRequest(
        head: HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:\(server.port)", path: path),
        body: Array(body.utf8),
        credentials: try token.map { BasicCredentials(username: sid, password: try AuthToken(parsing: $0)) },
        deadline: deadline, mayBeSentAgain: false))
    return (response.head.status.code, String(decoding: response.body, as: UTF8.self))
  }

  @Test("it makes accounts and tells their tokens as they are")
  func console() async throws {
    let primary = String(repeating: "a", count: 32)
    try await withSimulatedConsole(of: twilio) { console in
      #expect(try await send(.get, "/accounts/\(sid)", to: console).status == 404)
      #expect(try await send(.put, "/accounts/\(sid)", to: console, "{}").status == 400)
      #expect(try await send(.delete, "/accounts/\(sid)", to: console).status == 405)
      #expect(try await send(.get, "/accounts/AC1", to: console).status == 404)
      let made = try await send(.put, "/accounts/\(sid)", to: console, #"{"primary": "\#(primary)"}"#)
      #expect(made.status == 200)
      #expect(made.body == #"{"primary":"\#(primary)"}"#)

      let secondary = try twilio.issueToken()
      twilio.changeAccount(try AccountSID(sid)) { $0.secondary = secondary }
      let body = try await send(.get, "/accounts/\(sid)", to: console).body
      let account = try JSONDecoder().decode([String: String].self, from: Data(body.utf8))
      let text = secondary.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      #expect(account == ["primary": primary, "secondary": text])
    }
  }

  @Test("what was sent takes effect, although its caller has given up")
  func latency() async throws {
    let (sid, primary) = (try AccountSID(sid), String(repeating: "a", count: 32))
    twilio.add(SimulatedAccount(sid: sid, primary: try AuthToken(parsing: primary)))
    try await withSimulatorServer(twilio, latency: .milliseconds(400)) { server in
      await #expect(throws: TransportError.self) {
        _ = try await send(.post, "/v1/AuthTokens/Secondary", to: server, as: primary, within: .milliseconds(50))
      }
      // Answered only after it was looked at, so the one before was as well.
      let account = try await send(.get, "/2010-04-01/Accounts/\(self.sid).json", to: server, as: primary)
      #expect(account.status == 200)
      #expect(twilio.account(sid)?.secondary != nil)
    }
  }
}
