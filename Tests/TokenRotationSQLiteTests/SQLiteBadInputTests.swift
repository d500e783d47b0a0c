#if SQLite
import Foundation
import GRDB
import Testing
import TokenRotationCore
import TokenRotationSQLite

@Suite("What SQLite cannot work with is told, and nothing is lost")
struct SQLiteBadInputTests {
  /// Opens a file, and expects a code and every byte of the file as it was.
  func expectRefused(_ code: TokenRotationError.Code, _ folder: TemporaryFolder) async throws {
    let before = try? Data(contentsOf: URL(fileURLWithPath: folder.file))
    let error = await #expect(throws: TokenRotationError.self) { try await folder.open() }
    #expect(error?.code == code, "\(error.map(\.description) ?? "")")
    #expect(error?.outcome == .notApplied)
    #expect((try? Data(contentsOf: URL(fileURLWithPath: folder.file))) == before)
  }

  @Test(arguments: [Data(repeating: 0x41, count: 8_192), Data("text".utf8), Data("SQLite format 3\0broken".utf8)])
  func aFileThatIsNoDatabase(content: Data) async throws {
    let folder = try TemporaryFolder()
    try content.write(to: URL(fileURLWithPath: folder.file))
    try await expectRefused(.databaseForeign, folder)
  }

  @Test(arguments: [
    ("CREATE TABLE customers (id INTEGER)", TokenRotationError.Code.databaseForeign),
    ("CREATE TABLE token_rotation_schema (version INTEGER)", .databaseForeign),
    ("CREATE TABLE token_rotation_schema (other TEXT)", .databaseForeign),
    ("CREATE TABLE token_rotation_schema AS SELECT 1 AS version", .databaseForeign),
    ("CREATE TABLE token_rotation_schema AS SELECT -1 AS version", .databaseForeign),
    ("CREATE TABLE token_rotation_schema AS SELECT 99 AS version", .databaseNewer),
  ])
  func aDatabaseOfAnotherSchema(sql: String, code: TokenRotationError.Code) async throws {
    let folder = try TemporaryFolder()
    try await DatabaseQueue(path: folder.file).write { try $0.execute(sql: sql) }
    try await expectRefused(code, folder)
  }

  @Test(arguments: ["", ":memory:", "file:providers.sqlite?mode=memory"])
  func aPathThatIsNone(path: String) async throws {
    let error = await #expect(throws: TokenRotationError.self) { try await SQLiteProviderStore(path: path) }
    #expect(error?.code == .configurationInvalid)
  }

  @Test func aFolderThatIsNotThere() async throws {
    let error = await #expect(throws: TokenRotationError.self) {
      try await SQLiteProviderStore(path: "/proc/self/missing/providers.sqlite")
    }
    #expect(error?.code == .databaseReadOnly)
  }

  @Test(.enabled(if: WriteProtection.isPossible)) func aFileThatCannotBeWritten() async throws {
    let folder = try TemporaryFolder()
    try await DatabaseQueue(path: folder.file).write { _ in }
    let protection = try WriteProtection(folder.file)
    try await expectRefused(.databaseReadOnly, folder)
    try protection.end()
    _ = try await folder.open()
  }

  @Test(.enabled(if: WriteProtection.isPossible)) func aFolderThatCannotBeWritten() async throws {
    let folder = try TemporaryFolder()
    let protection = try WriteProtection(folder.path)
    try await expectRefused(.databaseReadOnly, folder)
    try protection.end()
    var store: SQLiteProviderStore? = try await folder.open()
    _ = try await store?.insert(record("one"))
    store = nil
    let again = try WriteProtection(folder.path)
    try await expectRefused(.databaseReadOnly, folder)
    try again.end()
    #expect(try await folder.open().read(ProviderID("one")) != nil)
  }

  @Test func aFullDisk() async throws {
    let folder = try TemporaryFolder()
    var configuration = Configuration()
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA max_page_count = 24") }
    let store = try await SQLiteProviderStore(
      database: try DatabasePool(path: folder.file, configuration: configuration))
    #expect(!store.isDurable, "GRDB leaves synchronous at NORMAL, and the host left it so")
    let stored = try await store.insert(record("one"))
    var large = stored.record
    large.token = SealedToken(bytes: .init(repeating: 7, count: 200_000))
    let tooLarge = large
    for attempt in [
      { _ = try await store.replace(tooLarge, ifRevision: stored.revision) },
      { _ = try await store.insert(record("two", 2, token: tooLarge.token.bytes)) },
    ] as [@Sendable () async throws -> Void] {
      let error = await #expect(throws: TokenRotationError.self) { try await attempt() }
      #expect(error?.code == .databaseFull)
      #expect(error?.outcome == .notApplied)
    }
    #expect(try await store.read(stored.record.id) == stored)
    #expect(try await store.read(ProviderID("two")) == nil)
    _ = try await store.replace(stored.record, ifRevision: stored.revision)
  }

  @Test func aLockThatIsHeldTooLong() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open(.init(busyTimeout: .milliseconds(20)))
    let stored = try await store.insert(record("one"))
    let other = try await folder.open()
    try await other.database.write { database in
      // A write of another process is under way for as long as this closure runs.
      let held = DispatchSemaphore(value: 0)
      let result = Mutexed<(any Error)?>(nil)
      Task {
        do {
          _ = try await store.replace(stored.record, ifRevision: stored.revision)
        } catch {
          result.value = error
        }
        held.signal()
      }
      held.wait()
      let error = try #require(result.value as? TokenRotationError)
      #expect(error.code == .databaseBusy)
      #expect(error.outcome == .notApplied)
      #expect(error.isRetriable)
      _ = database
    }
    _ = try await store.replace(stored.record, ifRevision: stored.revision)
  }
}
#endif
