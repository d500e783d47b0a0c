#if SQLite
import GRDB
import TokenRotationCore

/// The table of records and what goes with it, in whatever transaction the caller has open.
struct RecordTable: Sendable {
  let keepsTransitions: Bool
  let broadcast: ChangeBroadcast

  func insert(_ document: RecordDocument, in database: Database) throws -> StoredRecord {
    let record = document.record
    let isTaken = try Bool.fetchOne(
      database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM token_rotation_providers WHERE id = ?)"),
      arguments: [record.id.description])
    if isTaken == true { throw TokenRotationError.idTaken() }
    try checkAccount(of: record, in: database)
    let revision = try Self.nextRevision(in: database)
    try database.cachedStatement(
      sql: """
        INSERT INTO token_rotation_providers (id, account, region, revision, record) VALUES (?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      record.id.description, record.accountSID.canonical, record.region.id, revision.rawValue, document.text,
    ])
    try conclude(record.id, from: nil, to: record, revision, in: database)
    return StoredRecord(record: record, revision: revision)
  }

  func replace(
    _ document: RecordDocument, ifRevision expected: Revision, in database: Database
  ) throws -> StoredRecord {
    let record = document.record
    let before = keepsTransitions ? try current(record.id, ifRevision: expected, in: database).decoded() : nil
    // Found or not by the whole key, so that what is nearly every write looks the row up once.
    let replaced = try Int64.fetchOne(
      database.cachedStatement(
        sql: """
          UPDATE token_rotation_providers SET revision = (SELECT last + 1 FROM token_rotation_sequence), record = ?
          WHERE id = ? AND revision = ? AND account = ? AND region = ? RETURNING revision
          """),
      arguments: [
        document.text, record.id.description, expected.rawValue, record.accountSID.canonical, record.region.id,
      ])
    let revision =
      try replaced == nil
      ? move(document, ifRevision: expected, in: database) : Self.nextRevision(in: database)
    try conclude(record.id, from: before?.record, to: record, revision, in: database)
    return StoredRecord(record: record, revision: revision)
  }

  /// Replaces a record by one of another account or region.
  private func move(
    _ document: RecordDocument, ifRevision expected: Revision, in database: Database
  ) throws -> Revision {
    let record = document.record
    _ = try current(record.id, ifRevision: expected, in: database)
    try checkAccount(of: record, in: database)
    let revision = try Self.nextRevision(in: database)
    try database.cachedStatement(
      sql: "UPDATE token_rotation_providers SET account = ?, region = ?, revision = ?, record = ? WHERE id = ?"
    ).execute(arguments: [
      record.accountSID.canonical, record.region.id, revision.rawValue, document.text, record.id.description,
    ])
    return revision
  }

  func remove(_ id: ProviderID, ifRevision expected: Revision, in database: Database) throws {
    let before = try current(id, ifRevision: expected, in: database)
    let record = keepsTransitions ? try before.decoded().record : nil
    let revision = try Self.nextRevision(in: database, removing: true)
    try database.cachedStatement(sql: "DELETE FROM token_rotation_providers WHERE id = ?")
      .execute(arguments: [id.description])
    try conclude(id, from: record, to: nil, revision, in: database)
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
      database.cachedStatement(sql: "SELECT id FROM token_rotation_providers WHERE account = ? AND region = ?"),
      arguments: [record.accountSID.canonical, record.region.id])
    if let owner, try ProviderID(owner) != record.id { throw TokenRotationError.accountTaken() }
  }

  /// Puts down what happened, and tells listeners once it is committed: also at the end of a host's transaction.
  private func conclude(
    _ id: ProviderID, from before: ProviderRecord?, to after: ProviderRecord?, _ revision: Revision,
    in database: Database
  ) throws {
    if keepsTransitions, let transition = ProviderTransition(from: before, to: after) {
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

/// A record, and the text that stands for it in the table.
struct RecordDocument: Sendable {
  let record: ProviderRecord
  let text: String

  /// Writes the text: what takes the longest, and so is not done while others wait for the database.
  init(_ record: ProviderRecord) throws {
    self.record = record
    text = try RecordRow.text(of: record)
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
