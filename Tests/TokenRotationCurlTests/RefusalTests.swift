import Foundation
import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// What is never sent: each is refused before a connection is made.
@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
  @Test(arguments: RefusedRequest.targets.indices) func targets(index: Int) async throws {
    let server = try LoopbackServer { _ in TransportResponse(head: .init(status: .ok)) }
    let target = RefusedRequest.targets[index]
    let request = makeRequest(
      .get, target.authority.replacingOccurrences(of: "HOST", with: server.authority), target.path,
      scheme: target.scheme)
    #expect(await Outcome.of(request, over: try makeTransport()) == .failure(.invalidRequest, .notSent))
    #expect(server.acceptedConnections == 0)
  }

  @Test(arguments: RefusedRequest.fields) func fieldsThatTheTransportWrites(name: String, value: String) async throws {
    let field = HTTPField(name: try #require(HTTPField.Name(name)), value: value)
    let request = makeRequest(.post, "127.0.0.1:1", fields: HTTPFields([field]), body: "x")
    #expect(await Outcome.of(request, over: try makeTransport()) == .failure(.invalidRequest, .notSent))
  }

  @Test func theRightContentLengthIsAccepted() async throws {
    let server = try LoopbackServer { TransportResponse(head: .init(status: .ok), body: $0.body) }
    let request = makeRequest(.post, server.authority, fields: [.contentLength: "3"], body: "abc")
    #expect(try await makeTransport().send(request).body == Array("abc".utf8))
  }

  @Test func methodsThatCannotBeUsed() async throws {
    let transport = try makeTransport()
    for request in [makeRequest(.connect, "127.0.0.1:1"), makeRequest(.head, "127.0.0.1:1", body: "x")] {
      #expect(await Outcome.of(request, over: transport) == .failure(.invalidRequest, .notSent))
    }
  }

  @Test(arguments: [
    ("https", "nonexistent.invalid", true), ("http", "nonexistent.invalid", false), ("http", "127.0.0.1:1", true),
    ("http", "127.255.0.9:1", true), ("http", "localhost:1", true), ("http", "[::1]:1", true),
    ("http", "127.0.0.1.nonexistent.invalid", false), ("http", "localhost.nonexistent.invalid", false),
    ("http", "127.1:1", false), ("http", "0.0.0.0:1", false), ("http", "0127.0.0.1:1", false),
    ("http", "128.0.0.1:1", false), ("http", "[::ffff:127.0.0.1]:1", false), ("http", "127.0.0.256:1", false),
  ]) func credentialsLeaveThisMachineEncryptedOnly(scheme: String, authority: String, isAllowed: Bool) async throws {
    let credentials = BasicCredentials(username: "u", password: try AuthToken(issued: "p".utf8))
    let request = makeRequest(.post, authority, scheme: scheme, credentials: credentials)
    let isRefused = await Outcome.of(request, over: try makeTransport()) == .failure(.invalidRequest, .notSent)
    #expect(isRefused == !isAllowed)
  }

  @Test(arguments: [("a:b", "p"), ("a\u{0}", "p"), ("a", "p\u{0}q")])
  func credentialsThatBasicAuthenticationCannotCarry(username: String, password: String) async throws {
    let credentials = BasicCredentials(username: username, password: try AuthToken(issued: password.utf8))
    let request = makeRequest(.post, "127.0.0.1:1", credentials: credentials)
    #expect(await Outcome.of(request, over: try makeTransport()) == .failure(.invalidRequest, .notSent))
  }

  @Test func credentialsBesideAnAuthorizationField() async throws {
    let credentials = BasicCredentials(username: "u", password: try AuthToken(issued: "p".utf8))
    let request = makeRequest(.post, "127.0.0.1:1", fields: [.authorization: "Bearer x"], credentials: credentials)
    #expect(await Outcome.of(request, over: try makeTransport()) == .failure(.invalidRequest, .notSent))
  }

  static let refusedSettings: [@Sendable (inout CurlTransport.Configuration) -> Void] = [
    { $0.connectTimeout = .zero }, { $0.maximumConnections = 0 }, { $0.maximumConnectionsPerHost = -1 },
    { $0.maximumIdleConnections = 0 }, { $0.userAgent = "a\r\nX: y" }, { $0.proxy = .server("proxy:3128") },
    { $0.proxy = .server("http://user:password@proxy:3128") }, { $0.proxy = .server("ftp://proxy") },
    { $0.certificateAuthorityFile = "/nonexistent.pem" },
  ]

  @Test(arguments: refusedSettings.indices) func settingsThatCannotWork(index: Int) {
    let error = #expect(throws: TokenRotationError.self) { try makeTransport(Self.refusedSettings[index]) }
    #expect(error?.code == .configurationInvalid)
  }
}
