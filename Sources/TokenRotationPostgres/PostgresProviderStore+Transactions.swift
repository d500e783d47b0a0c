public import TokenRotationCore

extension PostgresProviderStore {
  /// Runs a transaction of the host's on a connection of the store's: what is written in it takes place together, or not
  /// at all.
  /// ```swift
  /// import TokenRotationPostgres
  ///
  /// func rename(_ stored: StoredRecord, to name: String, in store: PostgresProviderStore) async throws {
  ///   var record = stored.record
  ///   record.details.name = name
  ///   try await store.withTransaction { [record] transaction in
  ///     try await transaction.execute("INSERT INTO audit (entry) VALUES ($1)", ["renamed \(record.id)"])
  ///     try await transaction.replace(record, ifRevision: stored.revision)
  ///   }
  /// }
  /// ```
  /// It is committed when `body` returns, and rolled back when it throws. Changes are told when it is committed.
  ///
  /// - Parameter body: What to do; it may not use the transaction after it returned.
  /// - Throws: What `body` throws, after which nothing was changed; and `TokenRotationError`, with the outcome `unknown` if
  ///   the connection ended in the middle of the commit.
  public func withTransaction<Value: Sendable>(
    _ body: @Sendable (PostgresTransaction) async throws -> Value
  ) async throws -> Value {
    try await PostgresFailure.explaining(whenWriting: true) {
      try await pool.withConnection(repeatsLost: false) { [table] connection in
        _ = try await connection.runAtOnce("BEGIN")
        let value: Value
        do {
          value = try await body(PostgresTransaction(connection: connection, table: table))
          try Task.checkCancellation()
        } catch {
          // Where this fails too, the connection has ended, and the transaction with it.
          _ = try? await uncancelled { try await connection.runAtOnce("ROLLBACK") }
          throw error
        }
        let end = try await uncancelled { try await connection.runAtOnce("COMMIT") }
        if end.command != "COMMIT" { throw PostgresProblem(.rolledBack) }
        return value
      }
    }
  }
}

/// A transaction of the host's, for as long as ``PostgresProviderStore/withTransaction(_:)`` runs.
public struct PostgresTransaction: Sendable {
  let connection: Connection
  let table: RecordTable

  /// Runs one statement of the host's.
  ///
  /// - Parameters:
  ///   - sql: The statement, with `$1`, `$2` and so on for its parameters.
  ///   - parameters: Their values as text, or nil for null.
  /// - Returns: The rows that it gives, each value as text, or nil for null.
  /// - Throws: `TokenRotationError` with a ``PostgresError`` as its cause; nothing can be done then but to roll back, or to
  ///   go back to a savepoint.
  @discardableResult
  public func execute(_ sql: String, _ parameters: [String?] = []) async throws -> [[String?]] {
    try await run(sql, parameters, writes: false).values
  }

  /// Adds a record, as ``PostgresProviderStore/insert(_:)`` does.
  @discardableResult
  public func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    try await table.insert(record, on: self)
  }

  /// Gives the record with this id, as the transaction sees it.
  public func read(_ id: ProviderID) async throws -> StoredRecord? {
    try await table.read(id, on: self)
  }

  /// Replaces a record, as ``PostgresProviderStore/replace(_:ifRevision:)`` does.
  @discardableResult
  public func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await table.replace(record, ifRevision: revision, on: self)
  }

  /// Removes a record, as ``PostgresProviderStore/remove(_:ifRevision:)`` does.
  public func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await table.remove(id, ifRevision: revision, on: self)
  }
}

extension PostgresTransaction: StatementRunner {
  /// Before its commit, whatever happens to a transaction undoes it: so nothing here has an unknown fate.
  func run(_ sql: String, _ bindings: [String?], writes: Bool) async throws -> PostgresRows {
    try await PostgresFailure.explaining(whenWriting: false) {
      do {
        return try await connection.runCancellably(sql, bindings)
      } catch let problem as PostgresProblem where problem.kind == .lostBeforehand {
        throw PostgresProblem(.lost)
      }
    }
  }
}

// For a host whose transactions are another driver's.
extension PostgresProviderStore {
  /// The statement that adds a record.
  ///
  /// It gives one row, with the record's revision (`bigint`), and none if the id, or the account SID in that region, is
  /// taken: roll back then.
  public func statement(inserting record: ProviderRecord) throws -> PostgresStatement {
    try table.statements.insert(record, label: table.label(from: nil, to: record))
  }

  /// The statement that replaces a record by another one with the same id.
  ///
  /// It gives one row, with the record's new revision (`bigint`), and none if the record is no longer `stored`, or the
  /// account SID is taken in that region: roll back then.
  public func statement(replacing stored: StoredRecord, with record: ProviderRecord) throws -> PostgresStatement {
    guard stored.record.id == record.id else { throw TokenRotationError.revisionPassed() }
    return try table.statements.replace(
      record, stored.revision, label: table.label(from: stored.record, to: record))
  }

  /// The statement that removes a record.
  ///
  /// It gives one row, and none if the record is no longer `stored`: roll back then.
  public func statement(removing stored: StoredRecord) -> PostgresStatement {
    table.statements.remove(
      stored.record.id, stored.revision, label: table.label(from: stored.record, to: nil))
  }
}
