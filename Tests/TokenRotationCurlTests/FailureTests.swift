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
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: Outcome
    let script: RawServer.Script

    init(_ name: String, _ expected: Outcome, _ script: @escaping RawServer.Script) {
      testDescription = name
      self.expected = expected
      self.script = script
    }

    /// A server that reads the request, answers these bytes and resets the connection.
    static func reset(_ name: String, after answer: String) -> Case {
      Case(name, FailureTests.lost) { connection in
        _ = try await connection.readRequest()
        try await connection.write(answer)
        connection.reset()
      }
    }

    /// A server that reads the request, answers these bytes and closes.
    init(_ name: String, _ expected: Outcome, answer: String) {
      self.init(name, expected) { connection in
        _ = try await connection.readRequest()
        try await connection.write(answer)
      }
    }
  }

  static let lost = Outcome.failure(.connectionLost, .maybeSent)
  static let malformed = Outcome.failure(.malformedResponse, .maybeSent)
  static let tooLarge = Outcome.failure(.responseTooLarge, .maybeSent)

  static let cases = [
    Case("closes before it reads", lost) { $0.close() },
    Case("resets before it reads", lost) { $0.reset() },
    Case("closes after the request", lost, answer: ""),
    Case("resets after the request", lost) { connection in
      _ = try await connection.readRequest()
      connection.reset()
    },
    Case("closes in the status line", .failure(.connectionLost, .maybeSent), answer: "HTTP/1.1 20"),
    Case("closes in the head", lost, answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"),
    Case("closes in a line of the head", lost, answer: "HTTP/1.1 200 OK\r\nContent-Len"),
    Case("closes in the body", lost, answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"),
    Case("closes in a chunk", lost, answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    Case.reset("resets in the body", after: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"),
    Case.reset("resets in the status line", after: "HTTP/1.1 20"),
    Case.reset("resets in the head", after: "HTTP/1.1 200 OK\r\nContent-"),
    Case("closes after 100", lost, answer: "HTTP/1.1 100 Continue\r\n\r\n"),
    Case("closes after 103", lost, answer: "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    Case("gives a negative length", malformed, answer: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab"),
    Case("gives no number for a length", malformed, answer: "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab"),
    // An answer that may be worth a token is not thrown away for its looks: libcurl reads on to the end here, and goes by
    // the last of several lengths.
    Case(
      "gives a length beyond all numbers", .answer(200),
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nab"),
    Case(
      "gives two lengths", .answer(200),
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
    Case(
      "gives two lengths, the greater first", .answer(200),
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\nabc"),
    Case("sends more than its length", .answer(200), answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc"),
    Case(
      "gives a length and sends chunks", .answer(200),
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
    Case("speaks no HTTP", malformed, answer: "220 mail.example.com ESMTP\r\n"),
    Case("answers with an odd status", malformed, answer: "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
    Case("answers with a long status", malformed, answer: "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
    Case("switches protocols unasked", malformed, answer: "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nHello"),
    Case(
      "sends a bad chunk size", .failure(.connectionLost, .maybeSent),
      answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    Case("lies about gzip", malformed, answer: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain text"),
    Case("uses a coding nobody asked for", malformed, answer: "HTTP/1.1 200 OK\r\nContent-Encoding: x\r\n\r\nplain"),
    Case("sends too long a body", tooLarge, answer: "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1001)),
    Case(
      "sends too long a head", tooLarge,
      answer: "HTTP/1.1 200 OK\r\n" + String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 70)),
    Case(
      "sends a field without an end", tooLarge,
      answer: "HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: 300_000)),
    Case("says 100 for ever", tooLarge, answer: String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 3000)),
    Case(
      "says 1xx first", .answer(201),
      answer:
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Test: early\r\n\r\nHTTP/1.1 201 Created\r\n\r\n"),
    Case(
      "sends exactly the limit", .answer(200), answer: "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1000)),
    Case("answers byte by byte", .answer(200)) { connection in
      _ = try await connection.readRequest()
      for byte in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8 { try await connection.write([byte]) }
      await connection.waitForEnd()
    },
    Case("ends lines with a line feed only", .answer(200), answer: "HTTP/1.0 200 OK\nContent-Length: 0\n\n"),
  ]

  @Test(arguments: cases) func everyMisdeedIsNamed(_ testCase: Case) async throws {
    let server = try RawServer(script: testCase.script)
    let transport = try makeTransport()
    for (number, mayBeSentAgain) in [true, false].enumerated() {
      let request = makeRequest(.post, server.authority, body: "x", sizeLimit: 1000, mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      // A reset may arrive before the request is on its way, and then it is certain that nothing was sent.
      let isEarly =
        testCase.testDescription == "resets before it reads" && outcome == .failure(.connectionFailed, .notSent)
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
      #expect([.answer(413), Self.lost].contains(outcome), "\(outcome)")
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

  static let handshakes: [(String, RawServer.Script)] = [
    ("speaks no TLS", { try await $0.write("HTTP/1.1 400 Bad Request\r\n\r\n") }),
    ("closes in the handshake", { $0.close() }),
    ("resets in the handshake", { $0.reset() }),
  ]

  @Test(arguments: handshakes.indices) func aHandshakeThatFailsSendsNothing(index: Int) async throws {
    let server = try RawServer { connection in
      _ = try await connection.read()
      try await Self.handshakes[index].1(connection)
    }
    let transport = try makeTransport()
    for mayBeSentAgain in [true, false] {
      let request = makeRequest(.post, server.authority, scheme: "https", mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      #expect(outcome == .failure(.tlsFailed, .notSent), "\(Self.handshakes[index].0)")
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
