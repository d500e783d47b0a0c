import Foundation
import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// The token goes to its host only, and what is for the proxy goes to the proxy only.
@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
  static let token = NginxRoundTripTests.token
  static let proxyPassword = "pr0xy-passw0rd"
  static let refused = Outcome.failure(.proxyFailed, .notSent)

  /// The header field that a user name and a password become.
  static func basic(_ username: String, _ password: String) -> String {
    "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
  }

  private static func transport(
    through authority: String, password: String? = proxyPassword
  ) async throws -> CurlTransport {
    let credentials = try password.map { BasicCredentials(username: "me", password: try AuthToken(issued: $0.utf8)) }
    return try await makeTrustingTransport { $0.proxy = .server("http://\(authority)", credentials: credentials) }
  }

  private static func target() async throws -> NginxServer {
    try await NginxServer(
      [Version.http2.site("auth_basic accounts; auth_basic_user_file FOLDER/users;")],
      files: ["users": "AC01:{PLAIN}\(token)\n"])
  }

  private static func request(_ authority: String, mayBeSentAgain: Bool) throws -> TransportRequest {
    makeRequest(
      .post, authority, scheme: "https", credentials: try NginxRoundTripTests.credentials(),
      mayBeSentAgain: mayBeSentAgain)
  }

  private static func port(_ authority: String) throws -> Int {
    try #require(authority.split(separator: ":").last.flatMap { Int($0) })
  }

  @Test(arguments: [nil, proxyPassword]) func throughTinyproxy(password: String?) async throws {
    let nginx = try await Self.target()
    let tinyproxy = try await TinyproxyServer(password.map { "BasicAuth me \($0)" } ?? "")
    let transport = try await Self.transport(through: tinyproxy.authority, password: password)
    for mayBeSentAgain in [true, false] {
      for _ in 0..<3 {
        let request = try Self.request(nginx.authority, mayBeSentAgain: mayBeSentAgain)
        let outcome = await Outcome.of(request, over: transport)
        #expect(outcome == .answer(200))
      }
    }
    await transport.shutdown()
    let entries = try await nginx.end()
    #expect(entries.map(\.version) == Array(repeating: "HTTP/2.0", count: 3) + Array(repeating: "HTTP/1.1", count: 3))
    #expect(Set(entries.map(\.authorization)) == [Self.basic("AC01", Self.token)])
    #expect(Set(entries.map(\.proxyAuthorization)) == [""])
    #expect(Set(entries.map(\.connection)).count == 4)
    let log = await tinyproxy.end()
    #expect(log.count { $0.contains("CONNECT \(nginx.authority)") } == 4)
    #expect(!log.contains { $0.contains(Self.token) || $0.contains(Self.basic("AC01", Self.token).dropFirst(6)) })
  }

  /// Each refused before the target hears of it.
  @Test(arguments: [
    ("BasicAuth me \(proxyPassword)", nil), ("BasicAuth me \(proxyPassword)", "wrong"), ("Allow 127.0.0.2", nil),
    ("ConnectPort 443", proxyPassword),
  ]) func tinyproxyRefuses(directive: String, password: String?) async throws {
    let nginx = try await Self.target()
    let tinyproxy = try await TinyproxyServer(directive)
    let transport = try await Self.transport(through: tinyproxy.authority, password: password)
    for mayBeSentAgain in [true, false] {
      let request = try Self.request(nginx.authority, mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      #expect(outcome == Self.refused)
    }
    #expect(try await nginx.end().isEmpty)
  }

  @Test func tinyproxyReachesNobody() async throws {
    let (socket, port) = try Socket.reserving()
    defer { socket.close() }
    let tinyproxy = try await TinyproxyServer()
    let transport = try await Self.transport(through: tinyproxy.authority)
    for mayBeSentAgain in [true, false] {
      let request = try Self.request("127.0.0.1:\(port)", mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      #expect(outcome == Self.refused)
    }
  }

  @Test(arguments: [
    ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", refused),
    ("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", refused),
    ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\nsorry", refused),
    ("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", refused),
    ("", .failure(.connectionFailed, .notSent)),
  ]) func whatAProxySaysInstead(answer: String, expected: Outcome) async throws {
    let proxy = try RawServer { connection in
      while try await connection.readRequest() != nil {
        try await connection.write(answer)
        if answer.isEmpty { return }
      }
    }
    let transport = try await Self.transport(through: proxy.authority)
    for mayBeSentAgain in [true, false] {
      let request = try Self.request("nonexistent.invalid", mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      #expect(outcome == expected)
    }
  }

  @Test func aProxySeesNothingOfTheToken() async throws {
    let nginx = try await Self.target()
    let proxy = try TunnelServer(toPort: try Self.port(nginx.authority))
    let transport = try await Self.transport(through: proxy.authority)
    for mayBeSentAgain in [true, false] {
      let request = try Self.request(nginx.authority, mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      #expect(outcome == .answer(200))
    }
    await transport.shutdown()
    #expect(proxy.requests.map(\.method) == ["CONNECT", "CONNECT"])
    for request in proxy.requests {
      #expect(request.path == nginx.authority)
      #expect(request.head.fields[.authorization] == nil)
      #expect(request.head.fields[.proxyAuthorization] == Self.basic("me", Self.proxyPassword))
    }
    let sent = Data(proxy.bytes)
    #expect(!sent.isEmpty)
    for secret in [Self.token, Self.basic("AC01", Self.token), "authorization", "Authorization"] {
      #expect(sent.range(of: Data(secret.utf8)) == nil)
    }
    #expect(Set(try await nginx.end().map(\.proxyAuthorization)) == [""])
  }

  /// What the environment says counts for the whole process.
  @Test func theEnvironmentIsHeeded() async throws {
    try await alone {
      OwnNames.areKnown
      let nginx = try await Self.target()
      let port = try Self.port(nginx.authority)
      let proxy = try TunnelServer(toPort: port)
      setenv("https_proxy", "http://me:\(Self.proxyPassword)@\(proxy.authority)", 1)
      setenv("no_proxy", "direct.loopback.test", 1)
      let transport = try await makeTrustingTransport { $0.proxy = .environment }
      for host in ["direct.loopback.test", "127.0.0.1", "localhost", "proxied.loopback.test"] {
        for mayBeSentAgain in [true, false] {
          let request = try Self.request("\(host):\(port)", mayBeSentAgain: mayBeSentAgain)
          let outcome = await Outcome.of(request, over: transport)
          #expect(outcome == .answer(200))
        }
      }
      #expect(proxy.requests.map(\.path) == Array(repeating: "proxied.loopback.test:\(port)", count: 2))
      #expect(proxy.requests.allSatisfy { $0.head.fields[.authorization] == nil })
      let without = try await makeTrustingTransport { $0.proxy = .none }
      let request = try Self.request("proxied.loopback.test:\(port)", mayBeSentAgain: true)
      let outcome = await Outcome.of(request, over: without)
      #expect(outcome == .answer(200))
      #expect(proxy.requests.count == 2)
      let named = try await Self.transport(through: proxy.authority)
      let direct = try Self.request("direct.loopback.test:\(port)", mayBeSentAgain: true)
      #expect(await Outcome.of(direct, over: named) == .answer(200))
      #expect(proxy.requests.count == 3)
      for transport in [transport, without, named] { await transport.shutdown() }
      #expect(Set(try await nginx.end().map(\.proxyAuthorization)) == [""])
    }
  }
}
