#if SQLite
public import GRDB
public import TokenRotationCore

/// A store in a file: for a host on one machine, with nothing to run beside it.
///
/// Several processes on that machine may use the file at once. A write that returned survives the end of the process and
/// of the machine's power (`synchronous=FULL` on a write-ahead log). What a write replaces is overwritten with zeros in
/// the file (`secure_delete`); the log still has it until ``checkpoint()``.
///
/// The file must not be on a network file system, where SQLite's locks do not hold.
///
/// No write is cut short by cancellation: once asked for, it takes place or fails, and says which.
public final class SQLiteProviderStore: ProviderStore {
  /// How a store behaves; the defaults suit most hosts.
  public struct Options: Hashable, Sendable {
    /// How long a call waits while another process writes, before it fails with
    /// `databaseBusy`.
    public var busyTimeout: Duration
    /// How often a store that is listened to looks for changes made by other processes.
    public var pollInterval: Duration
    /// Whether each step of a provider's life is put down for ``SQLiteProviderStore/transitions(limit:)``.
    ///
    /// Every process on the database has to say the same, and somebody has to acknowledge them, or they pile up.
    public var keepsTransitions: Bool

    /// Makes options.
    public init(
      busyTimeout: Duration = .seconds(5), pollInterval: Duration = .seconds(1), keepsTransitions: Bool = false
    ) {
      self.busyTimeout = busyTimeout
      self.pollInterval = pollInterval
      self.keepsTransitions = keepsTransitions
    }
  }

  /// The database: for the host's own transactions, with ``replace(_:ifRevision:in:)``.
  public let database: any DatabaseWriter
  /// True with `synchronous` FULL or EXTRA on a database in a file, as it always is where the store opened the file
  /// itself.
  public let isDurable: Bool

  let table: RecordTable
  let broadcast: ChangeBroadcast
  let watch: ChangeWatch
  private let writes: WriteQueue

  /// Opens the store in a file of its own, which is made with mode 0600 if it is not there.
  ///
  /// A database of an older release is brought up to date; an older release cannot open it from then on.
  ///
  /// - Parameters:
  ///   - path: The file. SQLite keeps two more beside it, with `-wal` and `-shm` after the name.
  ///   - options: How the store behaves.
  /// - Throws: `TokenRotationError` with the code `databaseForeign` if the file is no database or one of another
  ///   application, `databaseNewer` if a newer release made it, `databaseReadOnly` if it cannot be written,
  ///   `databaseFull`, `databaseBusy`, `configurationInvalid` for a path that is none, and else `storeFailed`. The file
  ///   is then as it was.
  public convenience init(path: String, options: Options = Options()) async throws {
    let pool = try await onThread { try DatabaseFile(path: path, options: options).open() }
    try await self.init(database: pool, options: options)
  }

  /// Opens the store in the host's own database, where it makes tables whose names begin with `token_rotation_`.
  ///
  /// Journal, `synchronous`, `secure_delete`, waiting and the file's mode are the host's to choose: without
  /// `secure_delete`, sealed tokens that were replaced stay in the file.
  ///
  /// - Parameters:
  ///   - database: The host's database.
  ///   - options: How the store behaves; the busy time-out is the database's own.
  /// - Throws: `TokenRotationError`, as ``init(path:options:)``.
  public init(database: any DatabaseWriter, options: Options = Options()) async throws {
    broadcast = ChangeBroadcast()
    table = RecordTable(keepsTransitions: options.keepsTransitions, broadcast: broadcast)
    watch = ChangeWatch(database: database, broadcast: broadcast, interval: options.pollInterval)
    writes = WriteQueue(database: database)
    self.database = database
    isDurable = try await SQLiteFailure.explainingOpening {
      try await database.writeWithoutTransaction { database in
        try Schema.migrate(database)
        let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? 0
        let file = try String.fetchOne(database, sql: "SELECT file FROM pragma_database_list WHERE name = 'main'") ?? ""
        return synchronous >= 2 && !file.isEmpty
      }
    }
  }

  deinit { watch.stop() }

  /// Adds a record.
  public func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    let document = try RecordDocument(record)
    return try await write { try $0.insert(document, in: $1) }
  }

  /// Gives the record with this id; nil if there is none.
  ///
  /// - Throws: `TokenRotationError` with the code `recordUnreadable` if it is damaged, or was written by a newer release.
  public func read(_ id: ProviderID) async throws -> StoredRecord? {
    try await read { try $0.read(id, in: $1) }
  }

  /// Gives the records of an account, ordered by id.
  public func find(accountSID: AccountSID) async throws -> [StoredRecord] {
    try await read { try $0.find(accountSID, in: $1) }
  }

  /// Puts a record in the place of the one with the same id, if that one's revision is still `revision`.
  public func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    let document = try RecordDocument(record)
    return try await write { try $0.replace(document, ifRevision: revision, in: $1) }
  }

  /// Removes a record, if its revision is still `revision`.
  public func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await write { try $0.remove(id, ifRevision: revision, in: $1) }
  }

  /// Gives the records that follow `id`; one that is damaged is named among the unreadable ones.
  public func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await read { try $0.page(after: id, limit: max(1, limit), in: $1) }
  }

  /// Moves the write-ahead log into the file and empties it, so that neither holds a sealed token that was replaced.
  ///
  /// SQLite moves the log by itself now and then, but leaves its old content until it is written over or the last
  /// process closes the database. Call this where old sealed tokens have to be gone by a certain time: after a rotation,
  /// or every few minutes.
  ///
  /// - Throws: `TokenRotationError` with the code `databaseBusy` if a reader or another process kept the log in use.
  public func checkpoint() async throws {
    try await SQLiteFailure.explaining(whenWriting: false) { [database] in
      try await uncancelled {
        try await database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
      }
    }
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (RecordTable, Database) throws -> Value
  ) async throws -> Value {
    try await SQLiteFailure.explaining(whenWriting: false) { [database, table] in
      try await database.read { try body(table, $0) }
    }
  }

  func write<Value: Sendable>(
    _ body: @escaping @Sendable (RecordTable, Database) throws -> Value
  ) async throws -> Value {
    try await SQLiteFailure.explaining(whenWriting: true) { [writes, table] in
      try await writes.perform { try body(table, $0) }
    }
  }
}
#endif
