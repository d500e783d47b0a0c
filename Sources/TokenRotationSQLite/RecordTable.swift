#if SQLite
import GRDB
import TokenRotationCore

/// The table of records and what goes with it, in whatever transaction the caller has open.
struct RecordTable: Sendable {
  let keepsTransitions: Bool
  let broadcast: ChangeBroadcast

  func insert(_ record: ProviderRecord, in database: Database) throws -> StoredRecord {
    let isTaken = try Bool.fetchOne(
      database, sql: "SELECT EXISTS (SELECT 1 FROM token_rotation_providers WHERE id = ?)",
      arguments: [record.id.description])
    if isTaken == true { throw TokenRotationError.idTaken() }
    try checkAccount(of: record, in: database)
    let revision = try Self.nextRevision(in: database)
    try database.cachedStatement(
      sql: """
        INSERT INTO token_rotation_providers (id, account, region, revision, record) VALUES (?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      record.id.description, record.accountSID.canonical, record.region.id, revision.rawValue,
      RecordRow.text(of: record),
    ])
    try conclude(from: nil, to: record, revision, in: database)
    return StoredRecord(record: record, revision: revision)
  }

  func replace(
    _ record: ProviderRecord, ifRevision expected: Revision, in database: Database
  ) throws -> StoredRecord {
    let before = try current(record.id, ifRevision: expected, in: database)
    try checkAccount(of: record, in: database)
    let revision = try Self.nextRevision(in: database)
    try database.cachedStatement(
      sql: "UPDATE token_rotation_providers SET account = ?, region = ?, revision = ?, record = ? WHERE id = ?"
    ).execute(arguments: [
      record.accountSID.canonical, record.region.id, revision.rawValue, RecordRow.text(of: record),
      record.id.description,
    ])
    try conclude(from: before.decoded(), to: record, revision, in: database)
    return StoredRecord(record: record, revision: revision)
  }

  func remove(_ id: ProviderID, ifRevision expected: Revision, in database: Database) throws {
    let before = try current(id, ifRevision: expected, in: database)
    let revision = try Self.nextRevision(in: database, removing: true)
    try database.cachedStatement(sql: "DELETE FROM token_rotation_providers WHERE id = ?")
      .execute(arguments: [id.description])
    try conclude(from: before.decoded(), to: nil, revision, in: database, id: id)
  }

  func read(_ id: ProviderID, in database: Database) throws -> StoredRecord? {
    try RecordRow.fetch(database, "WHERE id = ?", [id.description]).first?.decoded()
  }

  func find(_ accountSID: AccountSID, in database: Database) throws -> [StoredRecord] {
    try RecordRow.fetch(database, "WHERE account = ? ORDER BY id", [accountSID.canonical]).map { try $0.decoded() }
  }

  func page(after id: ProviderID?, limit: Int, in database: Database) throws -> ProviderPage {
    // A negative limit is none.
    let rows = try RecordRow.fetch(
      database, "WHERE id > ? ORDER BY id LIMIT ?", [id?.description ?? "", limit == .max ? -1 : limit + 1])
    return try ProviderPage(rows: rows, limit: limit)
  }

  private func current(_ id: ProviderID, ifRevision expected: Revision, in database: Database) throws -> RecordRow {
    let row = try RecordRow.fetch(database, "WHERE id = ?", [id.description]).first
    guard let row, row.revision == expected.rawValue else {
      throw TokenRotationError.revisionPassed()
    }
    return row
  }

  private func checkAccount(of record: ProviderRecord, in database: Database) throws {
    let owner = try String.fetchOne(
      database, sql: "SELECT id FROM token_rotation_providers WHERE account = ? AND region = ?",
      arguments: [record.accountSID.canonical, record.region.id])
    if let owner, try ProviderID(owner) != record.id { throw TokenRotationError.accountTaken() }
  }

  /// Puts down what happened, and tells listeners once it is committed: also at the end of a host's transaction.
  private func conclude(
    from before: StoredRecord?, to after: ProviderRecord?, _ revision: Revision, in database: Database,
    id: ProviderID? = nil
  ) throws {
    guard let id = after?.id ?? id else { return }
    if keepsTransitions, let transition = ProviderTransition(from: before?.record, to: after) {
      try database.cachedStatement(
        sql: "INSERT INTO token_rotation_outbox (provider, revision, label) VALUES (?, ?, ?)"
      ).execute(arguments: [id.description, revision.rawValue, transition.label])
    }
    database.afterNextTransaction { [broadcast] _ in broadcast.tell(.record(id)) }
  }

  private static func nextRevision(in database: Database, removing: Bool = false) throws -> Revision {
    let number = try Int64.fetchOne(
      database.cachedStatement(
        sql: "UPDATE token_rotation_sequence SET last = last + 1, removals = removals + ? RETURNING last"),
      arguments: [removing ? 1 : 0])
    guard let number else {
      throw TokenRotationError(.databaseForeign, "The database has lost the counter of its revisions.")
    }
    return Revision(rawValue: number)
  }
}

extension RecordRow {
  fileprivate static func fetch(
    _ database: Database, _ condition: String, _ arguments: StatementArguments
  ) throws -> [RecordRow] {
    let statement = try database.cachedStatement(
      sql: "SELECT id, account, region, revision, record FROM token_rotation_providers " + condition)
    return try Row.fetchAll(statement, arguments: arguments).map { row in
      RecordRow(id: row[0], account: row[1], region: row[2], revision: row[3], record: row[4])
    }
  }
}
#endif
