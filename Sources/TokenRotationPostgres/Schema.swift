import TokenRotationCore

/// The tables, and the steps from one release's to the next one's.
///
/// Steps are only ever added.
struct Schema: Sendable {
  let statements: Statements

  private var steps: [String] {
    let (providers, outbox) = (statements.table("providers"), statements.table("outbox"))
    return [
      """
      CREATE SEQUENCE \(statements.table("revisions"));
      CREATE SEQUENCE \(statements.table("steps"));
      CREATE TABLE \(providers) (
        id text COLLATE "C" PRIMARY KEY,
        account text COLLATE "C" NOT NULL,
        region text COLLATE "C" NOT NULL,
        revision bigint NOT NULL,
        record jsonb NOT NULL,
        UNIQUE (account, region)
      ) WITH (fillfactor = 70);
      CREATE TABLE \(outbox) (
        revision bigint PRIMARY KEY,
        provider text COLLATE "C" NOT NULL,
        label text NOT NULL,
        number bigint UNIQUE
      );
      """
    ]
  }

  /// Brings the tables up to date, in one transaction: of several processes that start at once, one does it.
  func migrate(on connection: Connection) async throws {
    if try await version(on: connection) == steps.count { return try await check(on: connection) }
    _ = try await connection.runAtOnce("BEGIN")
    do {
      _ = try await connection.runAtOnce(statements.lockSchema)
      let version = try await version(on: connection)
      if version == 0 { try await prepare(on: connection) }
      for step in steps.dropFirst(version) { _ = try await connection.runAtOnce(step) }
      _ = try await connection.runAtOnce("UPDATE \(statements.table("schema")) SET version = \(steps.count)")
      _ = try await connection.runAtOnce("COMMIT")
    } catch {
      // Where this fails too, the connection has ended, and the transaction with it.
      _ = try? await connection.runAtOnce("ROLLBACK")
      guard let problem = error as? PostgresProblem, problem.state == "42P07" else { throw error }
      throw Self.foreign()
    }
    try await check(on: connection)
  }

  private func prepare(on connection: Connection) async throws {
    // Not left to `IF NOT EXISTS`, for which a user needs the right to make schemas even where there is one.
    let isThere = try await connection.run(
      "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", [statements.schema])
    if isThere.values.first?.first != "t" {
      _ = try await connection.runAtOnce("CREATE SCHEMA \(statements.quotedSchema)")
    }
    _ = try await connection.runAtOnce(
      """
      CREATE TABLE \(statements.table("schema")) (version integer NOT NULL);
      INSERT INTO \(statements.table("schema")) (version) VALUES (0)
      """)
  }

  /// The version of the tables; 0 if there are none.
  ///
  /// - Throws: `TokenRotationError` with the code `databaseNewer` for one that this release does not know.
  private func version(on connection: Connection) async throws -> Int {
    // Not `to_regclass`, which may remember what was so before another process made the tables.
    let isThere = try await connection.run(
      """
      SELECT EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = $1 AND relname = 'token_rotation_schema')
      """, [statements.schema])
    guard isThere.values.first?.first == "t" else { return 0 }
    let rows = try await shaped { try await connection.run("SELECT version FROM \(statements.table("schema"))", []) }
    guard rows.values.count == 1, let text = rows.values[0].first ?? nil, let version = Int(text), version > 0 else {
      throw Self.foreign()
    }
    guard version <= steps.count else {
      throw TokenRotationError(
        .databaseNewer,
        "The database has schema \(version); this release knows up to \(steps.count). Deploy the newer release.")
    }
    return version
  }

  /// Expects the tables to have the columns that this release works with.
  private func check(on connection: Connection) async throws {
    try await shaped {
      for (table, columns) in [
        ("providers", "id, account, region, revision, record"), ("outbox", "revision, provider, label, number"),
      ] {
        _ = try await connection.run("SELECT \(columns) FROM \(statements.table(table)) LIMIT 0", [])
      }
    }
  }

  /// Whether what is written to the tables is logged, and so survives the server's end.
  func isLogged(on connection: Connection) async throws -> Bool {
    let rows = try await connection.run(
      "SELECT bool_and(relpersistence = 'p') FROM pg_class WHERE oid IN (to_regclass($1), to_regclass($2))",
      [statements.table("providers"), statements.table("outbox")])
    return rows.values.first?.first == "t"
  }

  private func shaped<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let problem as PostgresProblem where ["42P01", "42703", "42809"].contains(problem.state) {
      throw Self.foreign()
    }
  }

  static func foreign() -> TokenRotationError {
    TokenRotationError(
      .databaseForeign,
      "The schema has tables whose names begin with token_rotation_ and that are not a store's. Name another schema.")
  }
}
