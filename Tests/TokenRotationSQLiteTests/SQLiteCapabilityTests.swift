#if SQLite
import GRDB
import Testing
import TokenRotationCore
import TokenRotationSQLite

@Suite("The store on SQLite joins the host's transactions, and tells what happened")
struct SQLiteCapabilityTests {
  struct HostFailed: Error {}

  /// A store in a database that has a table of the host's as well.
  func hosted(_ folder: TemporaryFolder) async throws -> SQLiteProviderStore {
    let database = try DatabaseQueue(path: folder.file)
    try await database.write { try $0.execute(sql: "CREATE TABLE customers (name TEXT)") }
    return try await SQLiteProviderStore(database: database, options: .init(keepsTransitions: true))
  }

  @Test(.timeLimit(.minutes(1))) func aHostsTransactionHoldsBothOrNeither() async throws {
    let folder = try TemporaryFolder()
    let store = try await hosted(folder)
    let first = try await store.insert(record("one"))
    var record = first.record
    record.token = SealedToken(bytes: [2])
    let changed = record
    await #expect(throws: HostFailed.self) {
      try await store.database.write { database in
        try database.execute(sql: "INSERT INTO customers VALUES ('lost')")
        try store.replace(changed, ifRevision: first.revision, in: database)
        throw HostFailed()
      }
    }
    #expect(try await store.read(changed.id) == first)
    #expect(try await store.transitions().map(\.label) == ["registered"])

    let changes = try await store.changes()
    let second = try await store.database.write { database in
      try database.execute(sql: "INSERT INTO customers VALUES ('kept')")
      let stored = try store.replace(changed, ifRevision: first.revision, in: database)
      #expect(try store.read(changed.id, in: database) == stored)
      return stored
    }
    for await change in changes {
      #expect(change == .record(changed.id))
      break
    }
    #expect(try await store.read(changed.id) == second)
    let names = try await store.database.read { try String.fetchAll($0, sql: "SELECT name FROM customers") }
    #expect(names == ["kept"])

    let error = await #expect(throws: TokenRotationError.self) {
      try await store.database.write { try store.remove(changed.id, ifRevision: first.revision, in: $0) }
    }
    #expect(error?.code == .storeConflict)
  }

  @Test func everyCommittedTransitionIsPutDownOnce() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open(.init(keepsTransitions: true))
    var stored = try await store.insert(record("one"))
    let first = stored
    var revisions = [stored.revision]
    func replace(_ change: (inout ProviderRecord) -> Void) async throws {
      var record = stored.record
      change(&record)
      stored = try await store.replace(record, ifRevision: stored.revision)
      revisions.append(stored.revision)
    }
    try await replace { $0.details.name = "Not a transition" }
    try await replace { $0.token = SealedToken(bytes: [2]) }
    try await replace { $0.rotation.phase = .creating }
    try await replace { $0.rotation.phase = .idle }
    await #expect(throws: TokenRotationError.self) {
      var record = first.record
      record.token = SealedToken(bytes: [3])
      _ = try await store.replace(record, ifRevision: first.revision)
    }
    try await store.remove(stored.record.id, ifRevision: stored.revision)

    let transitions = try await folder.open(.init(keepsTransitions: true)).transitions()
    #expect(
      transitions.map(\.label) == ["registered", "token_changed", "rotation_creating", "rotation_idle", "removed"])
    #expect(transitions.prefix(4).map(\.revision) == [0, 2, 3, 4].map { revisions[$0] })
    #expect(transitions.allSatisfy { $0.provider == first.record.id })
    #expect(try await store.transitions(limit: 2) == Array(transitions.prefix(2)))
    try await store.acknowledge(through: transitions[4].number)
    #expect(try await store.transitions().isEmpty)
    _ = try await store.insert(record("two"))
    let next = try #require(try await store.transitions().first)
    #expect(next.number > transitions[4].number, "a number never comes back")
  }

  @Test func noTransitionIsKeptUnlessAskedFor() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open()
    _ = try await store.insert(record("one"))
    #expect(try await store.transitions().isEmpty)
  }
}
#endif
