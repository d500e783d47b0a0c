#if AsyncHTTPClient
import AsyncHTTPClient
import HTTPTypes
import LoopbackSupport
import NIOCore
import Testing
import TokenRotationAsyncHTTPClient
import TokenRotationCore

/// The tables that the transport on libcurl is held to, with what NIO sees otherwise.
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
  /// NIO is stricter with answers that contradict themselves, and drops heads that are too long without a word why.
  private static let otherwise: [String: Outcome] = [
    "gives two lengths": Misdeed.malformed, "gives two lengths, the greater first": Misdeed.malformed,
    "gives a length beyond all numbers": Misdeed.malformed, "gives a length and sends chunks": Misdeed.malformed,
    "ends lines with a line feed only": Misdeed.malformed, "sends a bad chunk size": Misdeed.malformed,
    "sends a field without an end": Misdeed.malformed, "sends too long a head": Misdeed.lost,
    "says 100 for ever": Misdeed.lost,
  ]

  @Test(arguments: Misdeed.onFreshConnections) func everyMisdeedIsNamed(_ misdeed: Misdeed) async throws {
    let server = try RawServer(script: misdeed.script)
    let transport = makeTransport()
    for mayBeSentAgain in [true, false] {
      let request = makeRequest(.post, server.authority, body: "x", sizeLimit: 1000, mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      // A reset may arrive before the request is on its way, and then it is certain that nothing was sent.
      let isEarly =
        misdeed.description.hasSuffix("before it reads") && outcome == .failure(.connectionFailed, .notSent)
      let expected = Self.otherwise[misdeed.description] ?? misdeed.expected
      #expect(outcome == (isEarly ? outcome : expected))
    }
  }

  /// Nothing is repeated, whoever may do so.
  @Test(arguments: KeptMisdeed.all, [true, false])
  func everyMisdeedOnAKeptConnectionIsNamed(_ misdeed: KeptMisdeed, mayBeSentAgain: Bool) async throws {
    let arrivals = Lock(0)
    let server = try RawServer { connection in
      while let request = try await connection.readRequest() {
        guard request.path == "/misdeed" else {
          try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
          continue
        }
        arrivals.withLock { $0 += 1 }
        return try await misdeed.misdeed(connection)
      }
    }
    let transport = makeTransport()
    #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
    let request = makeRequest(.post, server.authority, "/misdeed", body: "x", mayBeSentAgain: mayBeSentAgain)
    #expect(await Outcome.of(request, over: transport) == misdeed.other)
    #expect(arrivals.withLock { $0 } == 1)
  }

  @Test(arguments: Misdeed.inHandshakes) func aHandshakeThatFailsSendsNothing(_ misdeed: Misdeed) async throws {
    let server = try RawServer { connection in
      _ = try await connection.read()
      try await misdeed.script(connection)
    }
    let transport = makeTransport()
    for mayBeSentAgain in [true, false] {
      let request = makeRequest(.post, server.authority, scheme: "https", mayBeSentAgain: mayBeSentAgain)
      #expect(await Outcome.of(request, over: transport) == misdeed.expected)
    }
  }

  @Test func nobodyListens() async throws {
    let (socket, port) = try Socket.reserving()
    defer { socket.close() }
    let request = makeRequest(.post, "127.0.0.1:\(port)")
    #expect(await Outcome.of(request, over: makeTransport()) == .failure(.connectionFailed, .notSent))
  }

  @Test func theNameHasNoAddress() async throws {
    let request = makeRequest(.post, "nonexistent.invalid")
    #expect(await Outcome.of(request, over: makeTransport()) == .failure(.nameNotResolved, .notSent))
  }

  /// On a busy machine a short deadline may pass before the body begins, so it grows until it does not.
  @Test func theDeadlinePassesWhileTheBodyDribbles() async throws {
    var deadline = Duration.milliseconds(100)
    while !Task.isCancelled {
      let dribbles = Signal()
      let server = try RawServer { connection in
        _ = try await connection.readRequest()
        dribbles.send()
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while true { try await connection.write("x") }
      }
      let outcome = await Outcome.of(makeRequest(.get, server.authority, deadline: deadline), over: makeTransport())
      if dribbles.isSent { return #expect(outcome == .failure(.timedOut, .maybeSent)) }
      deadline *= 2
    }
  }

  @Test(arguments: [Duration.zero, .seconds(-1)])
  func aDeadlineThatHasPassedSendsNothing(deadline: Duration) async throws {
    let server = try RawServer { _ in }
    let request = makeRequest(.post, server.authority, deadline: deadline)
    #expect(await Outcome.of(request, over: makeTransport()) == .failure(.timedOut, .notSent))
    #expect(server.acceptedConnections == 0)
  }

  @Test func aDeadlineOfAgesIsNoProblem() async throws {
    let server = try LoopbackServer { _ in TransportResponse(head: .init(status: .ok)) }
    let request = makeRequest(.get, server.authority, deadline: .seconds(Int64.max))
    #expect(await Outcome.of(request, over: makeTransport()) == .answer(200))
  }

  // MARK: Servers that fall silent

  /// On a busy machine a short deadline may pass before the stage, so it grows until it does not.
  @Test(arguments: HangingStage.all, [true, false])
  func theDeadlineEndsIt(_ stage: HangingStage, mayBeSentAgain: Bool) async throws {
    var deadline = Duration.milliseconds(150)
    let transport = makeTransport()
    while !Task.isCancelled {
      let reached = Signal()
      let server = try stage.server(reached: reached)
      let request = stage.request(server.authority, deadline: deadline, mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      if reached.isSent { return #expect(outcome == .failure(.timedOut, stage.delivery)) }
      deadline *= 2
    }
  }

  @Test(arguments: HangingStage.all, [true, false])
  func cancellingEndsIt(_ stage: HangingStage, mayBeSentAgain: Bool) async throws {
    let reached = Signal()
    let left = Signal()
    let server = try stage.server(reached: reached, left: left)
    let transport = makeTransport()
    let task = Task {
      await Outcome.of(stage.request(server.authority, mayBeSentAgain: mayBeSentAgain), over: transport)
    }
    await reached.wait()
    task.cancel()
    #expect(await task.value == .cancelled)
    // A handshake that nobody waits for any more goes on until its own timeout.
    if stage.delivery == .maybeSent { await left.wait() }
  }

  @Test func theConnectTimeoutCoversTLS() async throws {
    let server = try RawServer { await $0.waitForEnd() }
    let transport = makeTransport { $0.timeout.connect = .milliseconds(100) }
    let request = makeRequest(.post, server.authority, scheme: "https")
    #expect(await Outcome.of(request, over: transport) == .failure(.timedOut, .notSent))
  }

  // MARK: What is never sent

  @Test(arguments: RefusedRequest.targets.indices) func targets(index: Int) async throws {
    let server = try LoopbackServer { _ in TransportResponse(head: .init(status: .ok)) }
    let target = RefusedRequest.targets[index]
    let request = makeRequest(
      .get, target.authority.replacing("HOST", with: server.authority), target.path, scheme: target.scheme)
    #expect(await Outcome.of(request, over: makeTransport()) == .failure(.invalidRequest, .notSent))
    #expect(server.acceptedConnections == 0)
  }

  @Test(arguments: RefusedRequest.fields) func fieldsThatTheTransportWrites(name: String, value: String) async throws {
    let field = HTTPField(name: try #require(HTTPField.Name(name)), value: value)
    let request = makeRequest(.post, "127.0.0.1:1", fields: HTTPFields([field]), body: "x")
    #expect(await Outcome.of(request, over: makeTransport()) == .failure(.invalidRequest, .notSent))
  }

  /// async-http-client would send another one.
  @Test(arguments: ["/a|b", "/a\"b", "/{a}", "/%", "/%zz", "/a?%1", "/a^b", "/a`b", "/a?b[c]=d", "/a\\b", "/<a>"])
  func pathsThatWouldBeChanged(path: String) async throws {
    let request = makeRequest(.get, "127.0.0.1:1", path)
    #expect(await Outcome.of(request, over: makeTransport()) == .failure(.invalidRequest, .notSent))
  }

  @Test(arguments: [
    ("http", "nonexistent.invalid", "u", true), ("http", "128.0.0.1:1", "u", true), ("http", "127.0.0.1:1", "u", false),
    ("https", "127.0.0.1:1", "u", false), ("http", "127.0.0.1:1", "a:b", true), ("http", "127.0.0.1:1", "a\u{0}", true),
  ]) func credentials(scheme: String, authority: String, username: String, isRefused: Bool) async throws {
    let credentials = BasicCredentials(username: username, password: try AuthToken(issued: "p".utf8))
    let request = makeRequest(.post, authority, scheme: scheme, credentials: credentials)
    let outcome = await Outcome.of(request, over: makeTransport())
    #expect((outcome == .failure(.invalidRequest, .notSent)) == isRefused)
  }

  @Test(arguments: Misdeed.onFreshConnections) func noErrorHoldsACredential(_ misdeed: Misdeed) async throws {
    let token = "0123456789abcdef0123456789abcdef"
    let server = try RawServer(script: misdeed.script)
    let transport = makeTransport()
    let request = makeRequest(
      .post, server.authority, body: token,
      credentials: BasicCredentials(username: "AC", password: try AuthToken(issued: token.utf8)),
      sizeLimit: 1000)
    do {
      _ = try await transport.send(request)
    } catch {
      var dumped = ""
      dump(error, to: &dumped)
      #expect(!"\(error) \(String(reflecting: error)) \(dumped)".contains(token))
      #expect(!"\(error) \(dumped)".contains("Authorization"))
    }
  }

  @Test func credentialsForLoopbackDoNotGoThroughAProxy() async throws {
    let transport = makeTransport { $0.proxy = .server(host: "proxy.invalid", port: 3128) }
    let credentials = BasicCredentials(username: "u", password: try AuthToken(issued: "p".utf8))
    let request = makeRequest(.post, "127.0.0.1:1", credentials: credentials)
    #expect(await Outcome.of(request, over: transport) == .failure(.invalidRequest, .notSent))
  }
}
#endif
