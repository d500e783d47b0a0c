public import TokenRotationCore

/// A store in PostgreSQL: for hosts on any number of machines, in the database that they have already.
///
/// A write is one statement of one round trip. It returned when the server says that it is committed; ``isDurable`` tells
/// whether the server is set up to keep what is. Where the connection ends in the middle of a write, nobody knows whether
/// it took place: the error's outcome is `unknown`, and reading tells.
///
/// Connections are made when they are needed, and again after a server's restart. Nothing blocks the threads that tasks
/// share. Reading ends when its task is cancelled; a write goes on, so that its fate is known.
///
/// It needs PostgreSQL 12 or later, reached directly or through a pooler that keeps sessions together.
public final class PostgresProviderStore: ProviderStore {
  let pool: ConnectionPool
  let table: RecordTable
  let listener: ChangeListener
  private let isLogged: Bool

  /// Opens the store, and makes its tables in a schema of their own if they are not there.
  ///
  /// A schema of an older release is brought up to date. Several processes may open the store at once.
  ///
  /// - Parameters:
  ///   - connectionString: Where the server is and how to be let in, as libpq has it: `postgresql://…`, or
  ///     `host=… dbname=…`, or `service=…`. What it does not say is taken from the environment (`PGHOST`, `PGPASSFILE`,
  ///     …). It appears in no error.
  ///   - options: How the store behaves.
  /// - Throws: `TokenRotationError` with the code `configurationInvalid` if the connection string or an option is none
  ///   that can work, `databaseUnreachable`, `databaseTLSFailed`, `databaseAuthenticationFailed`, `databaseNotFound`,
  ///   `databaseReadOnly` if the server takes no writes or the user may not make the tables, `databaseForeign` if the
  ///   schema has other tables of those names, `databaseNewer` if a newer release made it, `databaseTimedOut`, and else
  ///   `storeFailed`.
  public init(_ connectionString: String, options: Options = Options()) async throws {
    try options.check()
    guard LibPQSession.understands(connectionString) else {
      throw TokenRotationError(
        .configurationInvalid,
        "The connection string is neither a URI (postgresql://…) nor words of the form keyword=value. "
          + "In a URI, characters such as @ and / in a password are written as %40 and %2F.")
    }
    let settings = Settings(connectionString: connectionString, timeouts: options.timeouts)
    pool = ConnectionPool(settings, size: options.maximumConnections)
    table = RecordTable(
      statements: try Statements(schema: options.schema), keepsTransitions: options.keepsTransitions)
    listener = ChangeListener(pool, channel: table.statements.channel)
    let schema = Schema(statements: table.statements)
    isLogged = try await PostgresFailure.explaining(whenWriting: false) { [pool] in
      try await pool.withConnection(repeatsLost: false) { connection in
        try await schema.migrate(on: connection)
        return try await schema.isLogged(on: connection)
      }
    }
  }

  deinit {
    Task { [listener] in await listener.stop() }
  }

  /// Whether the server keeps what was committed: `fsync` and `full_page_writes` are on, `synchronous_commit` is not off,
  /// and the tables are logged.
  ///
  /// As the newest connection found it.
  public var isDurable: Bool { isLogged && pool.isDurable }

  /// Adds a record.
  public func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    try await table.insert(record, on: pool)
  }

  /// Gives the record with this id; nil if there is none.
  ///
  /// - Throws: `TokenRotationError` with the code `recordUnreadable` if it is damaged, or was written by a newer release.
  public func read(_ id: ProviderID) async throws -> StoredRecord? {
    try await table.read(id, on: pool)
  }

  /// Gives the records of an account, ordered by id.
  public func find(accountSID: AccountSID) async throws -> [StoredRecord] {
    try await table.find(accountSID, on: pool)
  }

  /// Puts a record in the place of the one with the same id, if that one's revision is still `revision`.
  public func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await table.replace(record, ifRevision: revision, on: pool)
  }

  /// Removes a record, if its revision is still `revision`.
  public func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await table.remove(id, ifRevision: revision, on: pool)
  }

  /// Gives the records that follow `id`; one that is damaged is named among the unreadable ones.
  public func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await table.page(after: id, limit: max(1, limit), on: pool)
  }
}
