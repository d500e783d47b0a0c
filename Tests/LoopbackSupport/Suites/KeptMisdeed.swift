/// What a server can do to a request on a connection that has already served one.
///
/// `repeatable` is for a transport that repeats what may be sent again, as long as nothing has come back.
package struct KeptMisdeed: CustomStringConvertible, Sendable {
  package let description: String
  package let repeatable: Outcome
  package let other: Outcome
  package let misdeed: RawServer.Script

  package init(_ name: String, repeatable: Outcome, other: Outcome, _ misdeed: @escaping RawServer.Script) {
    description = name
    self.repeatable = repeatable
    self.other = other
    self.misdeed = misdeed
  }

  package init(_ name: String, repeatable: Outcome, other: Outcome, answer: String) {
    self.init(name, repeatable: repeatable, other: other) { try await $0.write(answer) }
  }

  /// The answer to a request that comes for the second time.
  package static let repeated = Outcome.answer(201)

  private static let lost = Misdeed.lost
  private static let malformed = Misdeed.malformed

  package static let all: [KeptMisdeed] = [
    KeptMisdeed("closes without an answer", repeatable: repeated, other: lost) { $0.close() },
    KeptMisdeed("resets without an answer", repeatable: repeated, other: lost) { $0.reset() },
    KeptMisdeed("closes in the status line", repeatable: repeated, other: lost, answer: "HTTP/1.1 20"),
    KeptMisdeed("closes in the head", repeatable: lost, other: lost, answer: "HTTP/1.1 200 OK\r\nContent-Len"),
    KeptMisdeed("closes after 100", repeatable: lost, other: lost, answer: "HTTP/1.1 100 Continue\r\n\r\n"),
    KeptMisdeed(
      "closes in the body", repeatable: lost, other: lost, answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"),
    KeptMisdeed("resets in the body", repeatable: lost, other: lost) { connection in
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab")
      connection.reset()
    },
    KeptMisdeed("speaks no HTTP", repeatable: malformed, other: malformed, answer: "220 mail.example.com ESMTP\r\n"),
  ]
}
