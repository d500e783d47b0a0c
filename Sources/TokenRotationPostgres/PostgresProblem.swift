/// What PostgreSQL gave for a statement, as text.
struct PostgresRows: Sendable {
  var values: [[String?]] = []
  /// What was done, such as `COMMIT`.
  var command = ""
}

/// Why PostgreSQL did not do what it was asked for.
struct PostgresProblem: Error, Hashable {
  enum Kind: Hashable, Sendable {
    /// No connection came about.
    case unconnected
    /// TLS failed.
    case untrusted
    /// There are servers, and none takes writes.
    case readOnly
    /// The server wants a password, and there is none.
    case passwordMissing
    /// The connection had ended before the statement was sent.
    case lostBeforehand
    /// The connection ended, and nobody knows how far the server had come.
    case lost
    /// No answer came in time, and nobody knows how far the server had come.
    case overdue
    /// The server refused the statement, and has undone what it had done of it.
    case refused
    /// No connection of the pool became free in time.
    case exhausted
    /// The system has no memory to give.
    case noMemory
    /// The transaction was rolled back by the server, which had refused one of its statements.
    case rolledBack
  }

  let kind: Kind
  /// The server's code for it (SQLSTATE).
  let state: String?

  init(_ kind: Kind, state: String? = nil) {
    self.kind = kind
    self.state = state
  }

  /// The code in what libpq says of a connection that was refused, which it gives where it was told to leave out words.
  static func state(in text: String) -> String? {
    for line in text.split(separator: "\n").reversed() {
      let state = line.suffix(5)
      let isState = state.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) }
      if isState, state.utf8.count == 5, line.dropLast(5).hasSuffix(":  ") { return String(state) }
    }
    return nil
  }
}
