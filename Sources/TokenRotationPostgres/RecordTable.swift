import TokenRotationCore

/// What runs a statement: the pool, or a transaction.
protocol StatementRunner: Sendable {
  /// - Parameter writes: Whether it changes something by itself, so that its fate is unknown if no answer comes.
  func run(_ sql: String, _ bindings: [String?], writes: Bool) async throws -> PostgresRows
}

extension StatementRunner {
  func run(_ statement: PostgresStatement) async throws -> PostgresRows {
    try await run(statement.sql, statement.bindings, writes: true)
  }
}

/// The table of records and what goes with it, on whatever runs its statements.
struct RecordTable: Sendable {
  let statements: Statements
  let keepsTransitions: Bool

  func insert(_ record: ProviderRecord, on runner: some StatementRunner) async throws -> StoredRecord {
    let label = label(from: nil, to: record)
    for _ in 0..<Self.attempts {
      if let stored = try stored(record, try await runner.run(statements.insert(record, label: label))) {
        return stored
      }
      // Whoever had the place may have gone meanwhile.
      guard let owner = try await owners(of: record, on: runner).first else { continue }
      throw owner.isSame ? TokenRotationError.idTaken() : TokenRotationError.accountTaken()
    }
    throw TokenRotationError(.databaseBusy, "Others keep adding and removing the same provider. Try again later.")
  }

  func replace(
    _ record: ProviderRecord, ifRevision expected: Revision, on runner: some StatementRunner
  ) async throws -> StoredRecord {
    var label: String?
    if keepsTransitions {
      label = self.label(from: try await current(record.id, ifRevision: expected, on: runner).record, to: record)
    }
    return try await replace(record, ifRevision: expected, label: label, on: runner)
  }

  private func replace(
    _ record: ProviderRecord, ifRevision expected: Revision, label: String?, on runner: some StatementRunner
  ) async throws -> StoredRecord {
    let rows: PostgresRows
    do {
      rows = try await runner.run(statements.replace(record, expected, label: label))
    } catch let error as TokenRotationError where (error.cause as? PostgresError)?.sqlState == "23505" {
      // Somebody took the account between the look at it and the change.
      throw TokenRotationError.accountTaken(cause: error.cause)
    }
    if let stored = try stored(record, rows) { return stored }
    let owners = try await owners(of: record, on: runner)
    let isCurrent = owners.contains { $0.isSame && $0.revision == expected }
    if isCurrent, owners.count > 1 { throw TokenRotationError.accountTaken() }
    throw TokenRotationError.revisionPassed()
  }

  func remove(_ id: ProviderID, ifRevision expected: Revision, on runner: some StatementRunner) async throws {
    var label: String?
    if keepsTransitions {
      label = self.label(from: try await current(id, ifRevision: expected, on: runner).record, to: nil)
    }
    let rows = try await runner.run(statements.remove(id, expected, label: label))
    if rows.values.isEmpty { throw TokenRotationError.revisionPassed() }
  }

  func read(_ id: ProviderID, on runner: some StatementRunner) async throws -> StoredRecord? {
    do {
      let rows = try await runner.run(statements.read, [id.description], writes: false)
      return try Self.records(rows).first?.decoded()
    } catch let error as TokenRotationError where error.isDamage {
      throw TokenRotationError.recordDamaged(id.description, cause: error)
    }
  }

  func find(_ accountSID: AccountSID, on runner: some StatementRunner) async throws -> [StoredRecord] {
    let rows = try await runner.run(statements.find, [accountSID.canonical], writes: false)
    return try Self.records(rows).map { try $0.decoded() }
  }

  func page(after id: ProviderID?, limit: Int, on runner: some StatementRunner) async throws -> ProviderPage {
    let bindings = [id?.description ?? "", String(limit == .max ? limit : limit + 1)]
    do {
      let rows = try await runner.run(statements.page, bindings, writes: false)
      return try ProviderPage(rows: try Self.records(rows), limit: limit)
    } catch let error as TokenRotationError where error.isDamage {
      return try await page(of: await runner.run(statements.pageOfIDs, bindings, writes: false), limit, on: runner)
    }
  }

  /// Reads a page one by one: where the server finds one record damaged, it gives none of the others.
  private func page(of ids: PostgresRows, _ limit: Int, on runner: some StatementRunner) async throws -> ProviderPage {
    let ids = try ids.values.map { row in try ProviderID((row.first ?? nil) ?? "") }
    var records: [StoredRecord] = []
    var unreadable: [ProviderID] = []
    for id in ids.prefix(limit) {
      do {
        if let stored = try await read(id, on: runner) { records.append(stored) }
      } catch let error as TokenRotationError where error.code == .recordUnreadable {
        unreadable.append(id)
      }
    }
    return ProviderPage(
      records: records, unreadable: unreadable, next: ids.count > limit ? ids.prefix(limit).last : nil)
  }

  // MARK: What the writes share

  private static let attempts = 8

  /// The state that a write starts from.
  ///
  /// A revision stands for one state for ever, so it does no harm that this is not read in the write's own transaction.
  private func current(
    _ id: ProviderID, ifRevision expected: Revision, on runner: some StatementRunner
  ) async throws -> StoredRecord {
    let row = try Self.records(try await runner.run(statements.read, [id.description], writes: false)).first
    guard let row, row.revision == expected.rawValue else { throw TokenRotationError.revisionPassed() }
    return try row.decoded()
  }

  func label(from before: ProviderRecord?, to after: ProviderRecord?) -> String? {
    keepsTransitions ? ProviderTransition(from: before, to: after)?.label : nil
  }

  private func stored(_ record: ProviderRecord, _ rows: PostgresRows) throws -> StoredRecord? {
    guard let row = rows.values.first else { return nil }
    return StoredRecord(record: record, revision: Revision(rawValue: try Self.number(row.first)))
  }

  /// Who has the id of a record, and who its account in its region; who has the id comes first.
  private func owners(
    of record: ProviderRecord, on runner: some StatementRunner
  ) async throws -> [(isSame: Bool, revision: Revision)] {
    let rows = try await runner.run(
      statements.owners, [record.id.description, record.accountSID.canonical, record.region.id], writes: false)
    return try rows.values.map { ($0.first == "t", Revision(rawValue: try Self.number($0.last))) }
      .sorted { $0.isSame && !$1.isSame }
  }

  private static func records(_ rows: PostgresRows) throws -> [RecordRow] {
    try rows.values.map { row in
      guard row.count == 5, let id = row[0], let account = row[1], let region = row[2], let record = row[4] else {
        throw Schema.foreign()
      }
      return RecordRow(
        id: id, account: account, region: region, revision: try number(row[3]), record: RecordText.restored(record))
    }
  }

  static func number(_ text: String??) throws -> Int64 {
    guard let text = text ?? nil, let number = Int64(text) else { throw Schema.foreign() }
    return number
  }
}

extension TokenRotationError {
  /// Whether the server found what it keeps damaged.
  fileprivate var isDamage: Bool { (cause as? PostgresError)?.sqlState?.hasPrefix("XX00") == true }
}
