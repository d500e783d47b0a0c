#if SQLite
import GRDB
import TokenRotationCore

/// The tables, and the steps from one release's to the next one's.
///
/// Steps are only ever added.
enum Schema {
  static let steps = [
    """
    CREATE TABLE token_rotation_providers (
      id TEXT NOT NULL PRIMARY KEY,
      account TEXT NOT NULL,
      region TEXT NOT NULL,
      revision INTEGER NOT NULL UNIQUE,
      record TEXT NOT NULL,
      UNIQUE (account, region)
    ) STRICT;
    CREATE TABLE token_rotation_sequence (last INTEGER NOT NULL, removals INTEGER NOT NULL) STRICT;
    INSERT INTO token_rotation_sequence (last, removals) VALUES (0, 0);
    CREATE TABLE token_rotation_outbox (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      provider TEXT NOT NULL,
      revision INTEGER NOT NULL,
      label TEXT NOT NULL
    ) STRICT;
    """
  ]

  /// Brings the tables up to date, in one transaction: of several processes that start at once, one does it.
  static func migrate(_ database: Database) throws {
    if try version(of: database) == steps.count { return try check(database) }
    try database.inTransaction(.immediate) {
      let version = try version(of: database)
      if version == 0 {
        try database.execute(
          sql: """
            CREATE TABLE token_rotation_schema (version INTEGER NOT NULL) STRICT;
            INSERT INTO token_rotation_schema (version) VALUES (0);
            """)
      }
      for step in steps.dropFirst(version) { try database.execute(sql: step) }
      try database.execute(sql: "UPDATE token_rotation_schema SET version = ?", arguments: [steps.count])
      return .commit
    }
    try check(database)
  }

  /// The version of the tables; 0 if there are none.
  ///
  /// - Throws: `TokenRotationError` with the code `databaseNewer` for one that this release does not know.
  static func version(of database: Database) throws -> Int {
    // Not GRDB's `tableExists`, which may remember what was so before another process made the tables.
    let isThere = try Bool.fetchOne(
      database, sql: "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'token_rotation_schema')")
    guard isThere == true else { return 0 }
    let version: Int?
    do {
      version = try Int.fetchOne(database, sql: "SELECT version FROM token_rotation_schema")
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
      version = nil
    }
    guard let version, version > 0 else { throw foreign() }
    guard version <= steps.count else {
      throw TokenRotationError(
        .databaseNewer,
        "The database has schema \(version); this release knows up to \(steps.count). Deploy the newer release.")
    }
    return version
  }

  /// Expects the tables to have the columns that this release works with.
  static func check(_ database: Database) throws {
    do {
      for table in ["providers", "sequence", "outbox"] {
        let columns =
          switch table {
          case "providers": "id, account, region, revision, record"
          case "sequence": "last, removals"
          default: "number, provider, revision, label"
          }
        _ = try Row.fetchOne(database, sql: "SELECT \(columns) FROM token_rotation_\(table) LIMIT 0")
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
      throw foreign()
    }
  }

  static func foreign() -> TokenRotationError {
    TokenRotationError(
      .databaseForeign,
      "The database has other tables than a store of providers. Name another file; "
        + "to keep providers in a database of the host's own, hand its connection to the store.")
  }
}
#endif
