import TokenRotationCore

/// What a server can do to a request, and what a transport has to say of it.
package struct Misdeed: CustomStringConvertible, Sendable {
  package let description: String
  package let expected: Outcome
  package let script: RawServer.Script

  package init(_ name: String, _ expected: Outcome, _ script: @escaping RawServer.Script) {
    description = name
    self.expected = expected
    self.script = script
  }

  /// A server that reads the request, answers these bytes and resets the connection.
  static func reset(_ name: String, after answer: String) -> Misdeed {
    Misdeed(name, Misdeed.lost) { connection in
      _ = try await connection.readRequest()
      try await connection.write(answer)
      connection.reset()
    }
  }

  /// A server that reads the request, answers these bytes and closes.
  package init(_ name: String, _ expected: Outcome, answer: String) {
    self.init(name, expected) { connection in
      _ = try await connection.readRequest()
      try await connection.write(answer)
    }
  }

  package static let lost = Outcome.failure(.connectionLost, .maybeSent)
  package static let malformed = Outcome.failure(.malformedResponse, .maybeSent)
  package static let tooLarge = Outcome.failure(.responseTooLarge, .maybeSent)

  /// On a connection that nobody has used before.
  package static let onFreshConnections: [Misdeed] = [
    Misdeed("closes before it reads", lost) { $0.close() },
    Misdeed("resets before it reads", lost) { $0.reset() },
    Misdeed("closes after the request", lost, answer: ""),
    Misdeed("resets after the request", lost) { connection in
      _ = try await connection.readRequest()
      connection.reset()
    },
    Misdeed("closes in the status line", .failure(.connectionLost, .maybeSent), answer: "HTTP/1.1 20"),
    Misdeed("closes in the head", lost, answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"),
    Misdeed("closes in a line of the head", lost, answer: "HTTP/1.1 200 OK\r\nContent-Len"),
    Misdeed("closes in the body", lost, answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"),
    Misdeed("closes in a chunk", lost, answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    Misdeed.reset("resets in the body", after: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"),
    Misdeed.reset("resets in the status line", after: "HTTP/1.1 20"),
    Misdeed.reset("resets in the head", after: "HTTP/1.1 200 OK\r\nContent-"),
    Misdeed("closes after 100", lost, answer: "HTTP/1.1 100 Continue\r\n\r\n"),
    Misdeed("closes after 103", lost, answer: "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    Misdeed("gives a negative length", malformed, answer: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab"),
    Misdeed("gives no number for a length", malformed, answer: "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab"),
    // An answer that may be worth a token is not thrown away for its looks: libcurl reads on to the end here, and goes by
    // the last of several lengths.
    Misdeed(
      "gives a length beyond all numbers", .answer(200),
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nab"),
    Misdeed(
      "gives two lengths", .answer(200),
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
    Misdeed(
      "gives two lengths, the greater first", .answer(200),
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\nabc"),
    Misdeed("sends more than its length", .answer(200), answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc"),
    Misdeed(
      "gives a length and sends chunks", .answer(200),
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
    Misdeed("speaks no HTTP", malformed, answer: "220 mail.example.com ESMTP\r\n"),
    Misdeed("answers with an odd status", malformed, answer: "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
    Misdeed("answers with a long status", malformed, answer: "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
    Misdeed("switches protocols unasked", malformed, answer: "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nHello"),
    Misdeed(
      "sends a bad chunk size", .failure(.connectionLost, .maybeSent),
      answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    Misdeed("lies about gzip", malformed, answer: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain text"),
    Misdeed("uses a coding nobody asked for", malformed, answer: "HTTP/1.1 200 OK\r\nContent-Encoding: x\r\n\r\nplain"),
    Misdeed("sends too long a body", tooLarge, answer: "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1001)),
    Misdeed(
      "sends too long a head", tooLarge,
      answer: "HTTP/1.1 200 OK\r\n" + String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 70)),
    Misdeed(
      "sends a field without an end", tooLarge,
      answer: "HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: 300_000)),
    Misdeed("says 100 for ever", tooLarge, answer: String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 3000)),
    Misdeed(
      "says 1xx first", .answer(201),
      answer:
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Test: early\r\n\r\nHTTP/1.1 201 Created\r\n\r\n"),
    Misdeed(
      "sends exactly the limit", .answer(200), answer: "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1000)),
    Misdeed("answers byte by byte", .answer(200)) { connection in
      _ = try await connection.readRequest()
      for byte in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8 { try await connection.write([byte]) }
      await connection.waitForEnd()
    },
    Misdeed("ends lines with a line feed only", .answer(200), answer: "HTTP/1.0 200 OK\nContent-Length: 0\n\n"),
  ]

  /// While a connection comes up: nothing of the request has left.
  package static let inHandshakes: [Misdeed] = [
    Misdeed("speaks no TLS", .failure(.tlsFailed, .notSent)) { try await $0.write("HTTP/1.1 400 Bad Request\r\n\r\n") },
    Misdeed("closes in the handshake", .failure(.tlsFailed, .notSent)) { $0.close() },
    Misdeed("resets in the handshake", .failure(.tlsFailed, .notSent)) { $0.reset() },
  ]
}
