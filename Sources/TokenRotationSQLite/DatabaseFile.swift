#if SQLite
import GRDB
import TokenRotationCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A database file of the store's own.
struct DatabaseFile: Sendable {
  let path: String
  let options: SQLiteProviderStore.Options

  /// Opens the file, which is made if it is not there.
  ///
  /// It blocks.
  func open() throws -> DatabasePool {
    guard !path.isEmpty, !path.hasPrefix(":"), !path.hasPrefix("file:") else {
      throw TokenRotationError(
        .configurationInvalid, "A store's database is named by the path of a file, not as an address or in memory.")
    }
    do {
      try create()
      try inspect()
      try keepFromOthers()
      return try connect()
    } catch let error as DatabaseError {
      throw SQLiteFailure.explanation(of: error, whenWriting: false)
    }
  }

  /// Makes an empty file that only its owner can read.
  ///
  /// Under a name of its own first: to open and close a file that SQLite has open elsewhere in the process would take
  /// SQLite's locks away, and SQLite itself would make it readable by others.
  private func create() throws {
    guard access(path, F_OK) != 0 else { return }
    var name = Array("\(path).new-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw Self.unwritable() }
    close(descriptor)
    defer { unlink(name) }
    guard link(name, path) == 0 || errno == EEXIST else { throw Self.unwritable() }
  }

  /// Looks whether the file is the store's, before anything is written to it.
  private func inspect() throws {
    var configuration = configuration
    configuration.readonly = true
    try DatabaseQueue(path: path, configuration: configuration).read { database in
      let tables = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")
      guard tables.allSatisfy({ $0.hasPrefix("token_rotation_") || $0.hasPrefix("grdb_") }) else {
        throw Schema.foreign()
      }
      if try Schema.version(of: database) > 0 { try Schema.check(database) }
    }
  }

  /// Takes away what others may do with the files, and gives nobody more than there was.
  private func keepFromOthers() throws {
    for file in [path, path + "-wal", path + "-shm"] {
      var status = stat()
      guard stat(file, &status) == 0 else {
        if errno == ENOENT { continue }
        throw Self.unwritable()
      }
      guard status.st_mode & 0o077 != 0 else { continue }
      guard chmod(file, status.st_mode & 0o600) == 0 else { throw Self.unwritable() }
    }
  }

  private func connect() throws -> DatabasePool {
    let pool = try DatabasePool(path: path, configuration: configuration)
    // Set here and not in `prepareDatabase`, after which GRDB sets NORMAL: the last commits would go with the power.
    try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    return pool
  }

  private var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "TokenRotationSQLite"
    configuration.busyMode = .timeout(options.busyTimeout / .seconds(1))
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
    return configuration
  }

  private static func unwritable() -> TokenRotationError {
    TokenRotationError(
      .databaseReadOnly,
      "The database cannot be created, or is not the process's own. Check that its folder exists, and that both can be "
        + "written.")
  }
}
#endif
