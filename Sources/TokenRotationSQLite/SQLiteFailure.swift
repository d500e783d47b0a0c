#if SQLite
import Dispatch
import GRDB
import TokenRotationCore

/// Makes SQLite's errors into this package's.
///
/// SQLite's own text names columns and files, never values; it is shown by type only, and its number is told.
enum SQLiteFailure {
  /// Explains the errors of an opening, after which nothing was changed.
  static func explainingOpening<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await explaining(whenWriting: false, body)
  }

  static func explaining<Value>(
    whenWriting: Bool, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let error as DatabaseError {
      throw explanation(of: error, whenWriting: whenWriting)
    }
  }

  /// Explains the errors of a statement in a host's transaction.
  static func explaining<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw explanation(of: error, whenWriting: false)
    }
  }

  static func explanation(of error: DatabaseError, whenWriting: Bool) -> TokenRotationError {
    let number = error.extendedResultCode.rawValue
    // What fails before its commit is rolled back. Only an input or output error can strike in the middle of one.
    let outcome: TokenRotationError.Outcome = whenWriting && error.resultCode == .SQLITE_IOERR ? .unknown : .notApplied
    let (code, message): (TokenRotationError.Code, String) =
      switch error.resultCode {
      case .SQLITE_NOTADB:
        (.databaseForeign, "The file is no SQLite database. Name another file.")
      case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
        (
          .databaseReadOnly,
          "The database cannot be opened for writing. Check that its folder exists, and that both can be written."
        )
      case .SQLITE_FULL:
        (.databaseFull, "There is no room left for the database. Nothing was changed.")
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        (.databaseBusy, "Another process kept the database locked for too long. Nothing was changed.")
      case .SQLITE_CORRUPT:
        (.storeFailed, "The database file is damaged (SQLite's error \(number)). Restore it from a backup.")
      default:
        (.storeFailed, "SQLite failed with its error \(number).")
      }
    return TokenRotationError(code, message, outcome: outcome, cause: error)
  }
}

/// Runs what blocks on a thread of its own, not on the cooperative pool.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
  }
}
#endif
