import TokenRotationCore

/// The error beneath a `TokenRotationError` of a store on PostgreSQL.
public struct PostgresError: Error, Hashable, CustomStringConvertible {
  /// The server's code for it (<https://www.postgresql.org/docs/current/errcodes-appendix.html>); nil if no server spoke.
  public let sqlState: String?

  /// The code: what a server says in words may hold values.
  public var description: String { sqlState.map { "SQLSTATE \($0)" } ?? "no answer of the server" }
}

/// Makes PostgreSQL's errors into this package's.
enum PostgresFailure {
  /// - Parameter whenWriting: Whether what was asked for changes something by itself.
  static func explaining<Value>(
    whenWriting: Bool, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let problem as PostgresProblem {
      throw explanation(of: problem, whenWriting: whenWriting)
    }
  }

  static func explanation(of problem: PostgresProblem, whenWriting: Bool) -> TokenRotationError {
    let cause = PostgresError(sqlState: problem.state)
    switch problem.kind {
    case .lost, .overdue:
      let isLost = problem.kind == .lost
      let message =
        isLost ? "The connection to the database ended in the middle." : "The database did not answer in time."
      return TokenRotationError(
        isLost ? .databaseConnectionLost : .databaseTimedOut,
        message + (whenWriting ? " Read the provider to see whether the change was made." : " Nothing was changed."),
        outcome: whenWriting ? .unknown : .notApplied, cause: cause)
    default:
      let (code, message) = sentence(for: problem)
      return TokenRotationError(code, message, outcome: .notApplied, cause: cause)
    }
  }

  private static func sentence(for problem: PostgresProblem) -> (TokenRotationError.Code, String) {
    switch problem.kind {
    case .exhausted:
      return (
        .databasePoolExhausted,
        "All connections of the pool stayed in use. Allow for more, or for a longer wait. Nothing was changed."
      )
    case .noMemory: return (.storeFailed, "The system has no memory for a connection to the database.")
    case .rolledBack:
      return (
        .storeFailed,
        "The transaction was rolled back, because the server had refused a statement of it. Nothing was changed."
      )
    case .readOnly: return readOnly
    case .passwordMissing: return refusedUser
    case .untrusted:
      return (
        .databaseTLSFailed,
        "TLS with the database server failed. Check the server's certificate and name against sslmode and sslrootcert."
      )
    case .lostBeforehand: return unreachable
    case .unconnected, .refused, .lost, .overdue: return sentence(forState: problem.state, problem.kind == .unconnected)
    }
  }

  private static func sentence(forState state: String?, _ isConnecting: Bool) -> (TokenRotationError.Code, String) {
    guard let state else { return unreachable }
    switch state {
    case "28000", "28P01": return refusedUser
    case "3D000": return (.databaseNotFound, "The server has no database of this name. Create it, or name another one.")
    case "25006": return readOnly
    case "42501":
      return (
        .databaseReadOnly,
        "The database's user lacks a right. It has to own the store's schema, or be allowed to create it in the database."
      )
    case "53100", "53200":
      return (.databaseFull, "The database server has no room left (SQLSTATE \(state)). Nothing was changed.")
    case "57014", "55P03", "25P03", "57P05":
      return (.databaseTimedOut, "The database took too long, and gave up. Nothing was changed.")
    case "40P01": return (.databaseBusy, "Two transactions waited for each other. Nothing was changed. Try again.")
    case "53300":
      return (
        .databaseUnreachable, "The database server has no connection left to give (max_connections). Try again later."
      )
    case _ where isConnecting || state.hasPrefix("57P"): return unreachable
    default: return (.storeFailed, "PostgreSQL refused with SQLSTATE \(state). Nothing was changed.")
    }
  }

  private static let readOnly = (
    TokenRotationError.Code.databaseReadOnly,
    "The database server takes no writes. Name one that does, or several with target_session_attrs=read-write."
  )
  private static let refusedUser = (
    TokenRotationError.Code.databaseAuthenticationFailed,
    "The database server does not accept the user, or its password. Check both, and the server's pg_hba.conf."
  )
  private static let unreachable = (
    TokenRotationError.Code.databaseUnreachable,
    "No connection to the database server could be made. Check that it runs, and what the connection string says of it."
  )
}
