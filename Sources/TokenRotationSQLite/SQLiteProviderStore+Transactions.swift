#if SQLite
public import GRDB
public import TokenRotationCore

/// Writes in a transaction of the host's, on the database that the store was made with:
/// ```swift
/// import GRDB
/// import TokenRotationSQLite
///
/// func rename(_ stored: StoredRecord, to name: String, in store: SQLiteProviderStore) async throws {
///   var record = stored.record
///   record.details.name = name
///   try await store.database.write { [record] database in
///     try database.execute(sql: "INSERT INTO audit (entry) VALUES (?)", arguments: ["renamed \(record.id)"])
///     try store.replace(record, ifRevision: stored.revision, in: database)
///   }
/// }
/// ```
/// What they throw has changed nothing of the provider; whether the transaction goes on is the host's to decide. Changes
/// are told when the transaction is committed.
extension SQLiteProviderStore {
  /// Adds a record, as ``insert(_:)`` does.
  @discardableResult
  public func insert(_ record: ProviderRecord, in database: Database) throws -> StoredRecord {
    try SQLiteFailure.explaining { try table.insert(RecordDocument(record), in: database) }
  }

  /// Gives the record with this id, as the transaction sees it.
  public func read(_ id: ProviderID, in database: Database) throws -> StoredRecord? {
    try SQLiteFailure.explaining { try table.read(id, in: database) }
  }

  /// Replaces a record, as ``replace(_:ifRevision:)`` does.
  @discardableResult
  public func replace(
    _ record: ProviderRecord, ifRevision revision: Revision, in database: Database
  ) throws -> StoredRecord {
    try SQLiteFailure.explaining { try table.replace(RecordDocument(record), ifRevision: revision, in: database) }
  }

  /// Removes a record, as ``remove(_:ifRevision:)`` does.
  public func remove(_ id: ProviderID, ifRevision revision: Revision, in database: Database) throws {
    try SQLiteFailure.explaining { try table.remove(id, ifRevision: revision, in: database) }
  }
}
#endif
