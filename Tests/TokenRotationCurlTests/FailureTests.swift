import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// What a server can do to a request on a fresh connection, and what has to be said of it: a table.
///
/// There it is the same for a request that may be sent again and for one that may not, and neither is.
/// ``KeptConnectionTests`` has the other table.
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
  @Test(arguments: Misdeed.onFreshConnections) func everyMisdeedIsNamed(_ testCase: Misdeed) async throws {
    let server = try RawServer(script: testCase.script)
    let transport = try makeTransport()
    for (number, mayBeSentAgain) in [true, false].enumerated() {
      let request = makeRequest(.post, server.authority, body: "x", sizeLimit: 1000, mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      // A reset may arrive before the request is on its way, and then it is certain that nothing was sent.
      let isEarly =
        testCase.description == "resets before it reads" && outcome == .failure(.connectionFailed, .notSent)
      #expect(isEarly || outcome == testCase.expected)
      #expect(server.acceptedConnections == number + 1)
    }
  }

  @Test func theFinalHeadIsTheOneThatIsGiven() async throws {
    let server = try RawServer { connection in
      _ = try await connection.readRequest()
      try await connection.write(
        "HTTP/1.1 103 Early\r\nX-Test: early\r\n\r\nHTTP/1.1 200 Fine\r\nX-Test: a\r\nbad name: b\r\nX-Test:\tfolded\r\n"
          + "  value \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Test: trailer\r\n\r\n")
    }
    let response = try await makeTransport().send(makeRequest(.get, server.authority))
    #expect(response.head.headerFields[fields: .test].map(\.value) == ["a", "folded value"])
    #expect(response.head.status.reasonPhrase == "Fine")
    #expect(response.body == Array("ok".utf8))
  }

  @Test func anEarlyAnswerToAnUnreadBodyIsAnAnswer() async throws {
    let server = try RawServer { connection in
      _ = try await connection.readRequestHead()
      try await connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      await connection.waitForEnd()
    }
    var request = makeRequest(.post, server.authority)
    request.body = [UInt8](repeating: 1, count: 20_000_000)
    #expect(await Outcome.of(request, over: try makeTransport()) == .answer(413))
  }

  /// Whether the answer is still there to be read depends on who is faster; that nothing was sent is never said.
  @Test func anEarlyAnswerThatEndsWithAReset() async throws {
    let server = try RawServer { connection in
      _ = try await connection.readRequestHead()
      try await connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    }
    let transport = try makeTransport()
    for mayBeSentAgain in [true, false] {
      var request = makeRequest(.post, server.authority, mayBeSentAgain: mayBeSentAgain)
      request.body = [UInt8](repeating: 1, count: 20_000_000)
      let outcome = await Outcome.of(request, over: transport)
      #expect([.answer(413), Misdeed.lost].contains(outcome), "\(outcome)")
    }
    #expect(server.acceptedConnections == 2)
  }

  @Test func nobodyListens() async throws {
    let (socket, port) = try Socket.reserving()
    defer { socket.close() }
    let request = makeRequest(.post, "127.0.0.1:\(port)")
    #expect(await Outcome.of(request, over: try makeTransport()) == .failure(.connectionFailed, .notSent))
  }

  @Test func theNameHasNoAddress() async throws {
    let request = makeRequest(.post, "nonexistent.invalid")
    #expect(await Outcome.of(request, over: try makeTransport()) == .failure(.nameNotResolved, .notSent))
  }

  @Test(arguments: Misdeed.inHandshakes) func aHandshakeThatFailsSendsNothing(_ testCase: Misdeed) async throws {
    let server = try RawServer { connection in
      _ = try await connection.read()
      try await testCase.script(connection)
    }
    let transport = try makeTransport()
    for mayBeSentAgain in [true, false] {
      let request = makeRequest(.post, server.authority, scheme: "https", mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      #expect(outcome == testCase.expected)
    }
  }

  @Test func theDeadlinePassesWhileTheBodyDribbles() async throws {
    let server = try RawServer { connection in
      _ = try await connection.readRequest()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
      while true { try await connection.write("x") }
    }
    let request = makeRequest(.get, server.authority, deadline: .milliseconds(100))
    #expect(await Outcome.of(request, over: try makeTransport()) == .failure(.timedOut, .maybeSent))
  }

  @Test(arguments: [Duration.zero, .seconds(-1)]) func aDeadlineThatHasPassedSendsNothing(deadline: Duration)
    async throws
  {
    let server = try RawServer { _ in }
    let request = makeRequest(.post, server.authority, deadline: deadline)
    #expect(await Outcome.of(request, over: try makeTransport()) == .failure(.timedOut, .notSent))
    #expect(server.acceptedConnections == 0)
  }

  @Test func aDeadlineOfAgesIsNoProblem() async throws {
    let server = try LoopbackServer { _ in TransportResponse(head: .init(status: .ok)) }
    let request = makeRequest(.get, server.authority, deadline: .seconds(Int64.max))
    #expect(await Outcome.of(request, over: try makeTransport()) == .answer(200))
  }
}
