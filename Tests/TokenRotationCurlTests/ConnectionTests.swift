import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
  @Test func repeatableRequestsShareAConnectionAndOthersTakeTheirOwn() async throws {
    let server = try LoopbackServer { _ in TransportResponse(head: .init(status: .ok)) }
    let transport = try makeTransport()
    for _ in 0..<5 { _ = try await transport.send(makeRequest(.get, server.authority)) }
    #expect(server.acceptedConnections == 1)
    for _ in 0..<3 { _ = try await transport.send(makeRequest(.post, server.authority)) }
    #expect(server.acceptedConnections == 4)
    _ = try await transport.send(makeRequest(.get, server.authority))
    #expect(server.acceptedConnections == 4)
    _ = try await transport.send(makeRequest(.post, server.authority, mayBeSentAgain: true))
    #expect(server.acceptedConnections == 4)
  }

  /// A server that drops kept connections when the second request has been read in full: left to itself, libcurl
  /// would send that request once more.
  @Test func aPostIsSentExactlyOnceWhateverBecomesOfItsConnection() async throws {
    let posts = Lock(0)
    let server = try RawServer { connection in
      while let request = try await connection.readRequest() {
        if request.method == "POST" {
          posts.withLock { $0 += 1 }
          return
        }
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let transport = try makeTransport()
    for _ in 0..<5 {
      #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
      posts.withLock { $0 = 0 }
      let post = makeRequest(.post, server.authority, body: "once")
      #expect(await Outcome.of(post, over: transport) == .failure(.connectionLost, .maybeSent))
      #expect(posts.withLock { $0 } == 1)
    }
  }

  /// The counterpart, which shows that the test above would notice.
  @Test func aRepeatableRequestSurvivesAConnectionThatDied() async throws {
    let seconds = Lock(0)
    let server = try RawServer { connection in
      guard try await connection.readRequest() != nil else { return }
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      if try await connection.readRequest() != nil { seconds.withLock { $0 += 1 } }
    }
    let transport = try makeTransport()
    for _ in 0..<4 {
      #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
    }
    #expect(seconds.withLock { $0 } == 3)
  }

  /// libcurl tries six, each of them kept; that would be the end of it.
  @Test func aRepeatableRequestSurvivesHoweverManyConnectionsThatDied() async throws {
    let number = 12
    let arrived = Lock(0)
    let allArrived = Signal()
    let server = try RawServer { connection in
      _ = try await connection.readRequest()
      if connection.number < number {
        let count = arrived.withLock { arrived in
          arrived += 1
          return arrived
        }
        if count == number { allArrived.send() }
        await allArrived.wait()
      }
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      if connection.number < number { _ = try await connection.readRequest() }
    }
    let transport = try makeTransport()
    await withTaskGroup(of: Outcome.self) { group in
      for _ in 0..<number {
        group.addTask { await Outcome.of(makeRequest(.get, server.authority), over: transport) }
      }
      for await outcome in group { #expect(outcome == .answer(200)) }
    }
    #expect(server.acceptedConnections == number)
    #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
    #expect(server.acceptedConnections == number + 1)
  }

  @Test func connectionLimitHoldsAndThoseWhoWaitKeepTheirDeadlines() async throws {
    let first = Signal()
    let release = Signal()
    let server = try LoopbackServer { request in
      if request.head.path == "/hold" {
        first.send()
        await release.wait()
      }
      return TransportResponse(head: .init(status: .ok))
    }
    let transport = try makeTransport { $0.maximumConnectionsPerHost = 1 }
    async let holding = Outcome.of(makeRequest(.get, server.authority, "/hold"), over: transport)
    await first.wait()
    let waiting = makeRequest(.get, server.authority, deadline: .milliseconds(50))
    #expect(await Outcome.of(waiting, over: transport) == .failure(.timedOut, .notSent))
    async let next = Outcome.of(makeRequest(.get, server.authority), over: transport)
    release.send()
    #expect(await holding == .answer(200))
    #expect(await next == .answer(200))
    #expect(server.acceptedConnections == 1)
  }

  @Test func aProxyGetsWhatItIsMeantToGet() async throws {
    let lines = Lock<[String]>([])
    let proxy = try RawServer { connection in
      while let request = try await connection.readRequest() {
        let authorization = request.head.fields[.authorization] ?? "none"
        let proxyAuthorization = request.head.fields[.proxyAuthorization] ?? "none"
        lines.withLock { $0.append("\(request.method) \(request.path) \(authorization) \(proxyAuthorization)") }
        let status = request.method == "CONNECT" ? "403 Forbidden" : "200 OK"
        try await connection.write("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let transport = try makeTransport {
      $0.proxy = .server(
        "http://\(proxy.authority)",
        credentials: BasicCredentials(username: "me", password: try! AuthToken(issued: "pw".utf8)))
    }
    let token = BasicCredentials(username: "AC", password: try AuthToken(issued: "t".utf8))
    #expect(await Outcome.of(makeRequest(.get, "example.invalid", "/x"), over: transport) == .answer(200))
    let secure = makeRequest(.get, "example.invalid", scheme: "https", credentials: token)
    #expect(await Outcome.of(secure, over: transport) == .failure(.proxyFailed, .notSent))
    let plain = makeRequest(.get, "example.invalid", credentials: token)
    #expect(await Outcome.of(plain, over: transport) == .failure(.invalidRequest, .notSent))
    let elsewhere = try makeTransport { $0.proxy = .server("http://nonexistent.invalid:3128") }
    let loopback = makeRequest(.get, proxy.authority, credentials: token)
    #expect(await Outcome.of(loopback, over: elsewhere) == .failure(.invalidRequest, .notSent))
    let unreachable = makeRequest(.get, proxy.authority)
    #expect(await Outcome.of(unreachable, over: elsewhere) == .failure(.proxyFailed, .notSent))
    let own = "Basic bWU6cHc="
    #expect(
      lines.withLock { $0 } == [
        "GET http://example.invalid/x none \(own)", "CONNECT example.invalid:443 none \(own)",
      ])
  }
}
