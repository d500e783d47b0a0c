/// How long things may take.
struct Timeouts: Sendable {
  /// Making a connection, for each server.
  let connecting: Duration
  /// A statement, on the server.
  let statement: Duration
  /// A statement and its answer's way: somewhat longer, so that the server is heard if it can be.
  var answer: Duration { statement + min(statement, .seconds(2)) }
  /// Waiting for a connection of the pool.
  let waiting: Duration
}

/// What connections are made with.
struct Settings: Sendable {
  let connectionString: String
  let timeouts: Timeouts

  /// In libpq's words.
  ///
  /// What stands before the connection string it may say otherwise; what stands behind holds.
  var forLibPQ: [(keyword: String, value: String)] {
    [
      ("fallback_application_name", "swift-token-rotation"),
      ("tcp_user_timeout", String(timeouts.answer.milliseconds)),
      ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
      ("dbname", connectionString),
      ("client_encoding", "UTF8"),
    ]
  }

  /// What every connection begins with.
  ///
  /// A database or role may have another isolation set, under which a lost race would be an error of the server's.
  var preparation: String {
    """
    SET statement_timeout = \(timeouts.statement.milliseconds);
    SET idle_in_transaction_session_timeout = \((timeouts.answer + timeouts.answer).milliseconds);
    SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
    \(ServerStanding.question)
    """
  }
}

extension Duration {
  /// At least 1: to PostgreSQL, 0 is no limit.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return max(1, seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
  }
}
