import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// What a server can do to a request on a connection that has already served one, and what has to come of it.
///
/// A request that may be sent again goes there, and is repeated as long as nothing has come back. One that may not goes
/// over a connection of its own, whatever there is, and is sent once.
@Suite(.timeLimit(.minutes(1))) struct KeptConnectionTests {
  @Test(arguments: KeptMisdeed.all, [true, false]) func everyMisdeedIsNamed(
    _ testCase: KeptMisdeed, mayBeSentAgain: Bool
  ) async throws {
    let arrivals = Lock(0)
    let server = try RawServer { connection in
      while let request = try await connection.readRequest() {
        guard request.path == "/misdeed" else {
          try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
          continue
        }
        let isFirst = arrivals.withLock { arrivals in
          arrivals += 1
          return arrivals == 1
        }
        if isFirst { return try await testCase.misdeed(connection) }
        try await connection.write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let transport = try makeTransport()
    #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
    let request = makeRequest(.post, server.authority, "/misdeed", body: "x", mayBeSentAgain: mayBeSentAgain)
    let outcome = await Outcome.of(request, over: transport)
    #expect(outcome == (mayBeSentAgain ? testCase.repeatable : testCase.other))
    #expect(arrivals.withLock { $0 } == (outcome == KeptMisdeed.repeated ? 2 : 1))
  }

  /// The connection is dead and there is no other: it may have arrived before that.
  @Test func aServerThatWentAway() async throws {
    let (listener, port) = try Socket.listening()
    defer { listener.close() }
    let transport = try makeTransport()
    async let answer = Outcome.of(makeRequest(.get, "127.0.0.1:\(port)"), over: transport)
    let connection = try await BlockingThread.run {
      let connection = listener.accept()
      _ = try connection?.read()
      try connection?.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
      return connection
    }
    #expect(await answer == .answer(200))
    // It listens no more, but keeps the port from everybody else.
    listener.shutDown()
    connection?.close()
    let post = await Outcome.of(makeRequest(.post, "127.0.0.1:\(port)"), over: transport)
    #expect(post == .failure(.connectionFailed, .notSent))
    let get = await Outcome.of(makeRequest(.get, "127.0.0.1:\(port)"), over: transport)
    #expect([.failure(.connectionFailed, .notSent), .failure(.connectionFailed, .maybeSent)].contains(get), "\(get)")
  }

  /// What comes behind an answer belongs to nobody, least of all to the next request.
  @Test func whatFollowsAnAnswerIsNotTheNext() async throws {
    let server = try RawServer { connection in
      while try await connection.readRequest() != nil {
        try await connection.write(
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 500 Surplus\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let transport = try makeTransport()
    for _ in 0..<10 {
      #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
    }
  }
}
