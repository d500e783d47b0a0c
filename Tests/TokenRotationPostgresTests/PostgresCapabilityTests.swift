import Foundation
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationPostgres

@Suite("The store on PostgreSQL joins the host's transactions, and tells what happened", .timeLimit(.minutes(2)))
struct PostgresCapabilityTests {
  struct HostFailed: Error {}

  static let keeping = PostgresProviderStore.Options(maximumConnections: 4, keepsTransitions: true)

  /// A store beside a table of the host's.
  func hosted() async throws -> (store: PostgresProviderStore, customers: String) {
    let place = try await Place()
    let store = try await place.open(Self.keeping)
    let customers = "\"\(place.schema)\".customers"
    try await place.server.run("CREATE TABLE \(customers) (name text)")
    return (store, customers)
  }

  @Test func aHostsTransactionHoldsBothOrNeither() async throws {
    let (store, customers) = try await hosted()
    let first = try await store.insert(record("one"))
    let changed = first.record.with(token: [2])
    await #expect(throws: HostFailed.self) {
      try await store.withTransaction { transaction in
        try await transaction.execute("INSERT INTO \(customers) VALUES ($1)", ["lost"])
        try await transaction.replace(changed, ifRevision: first.revision)
        throw HostFailed()
      }
    }
    #expect(try await store.read(changed.id) == first)
    #expect(try await store.transitions().map(\.label) == ["registered"])

    let changes = try await store.changes()
    let second = try await store.withTransaction { transaction in
      try await transaction.execute("INSERT INTO \(customers) VALUES ($1)", ["kept"])
      let stored = try await transaction.replace(changed, ifRevision: first.revision)
      #expect(try await transaction.read(changed.id) == stored)
      #expect(try await store.read(changed.id) == first, "nobody else sees it yet")
      return stored
    }
    for await change in changes {
      #expect(change == .record(changed.id))
      break
    }
    #expect(try await store.read(changed.id) == second)
    let names = try await store.withTransaction { try await $0.execute("SELECT name, NULL FROM \(customers)") }
    #expect(names == [["kept", nil]])
  }

  /// Refusals of this package's own leave a transaction as it was; the host may go on.
  @Test func whatIsRefusedDoesNotEndTheTransaction() async throws {
    let (store, _) = try await hosted()
    let first = try await store.insert(record("one", 1))
    let second = try await store.insert(record("two", 2))
    try await store.withTransaction { transaction in
      let attempts: [(TokenRotationError.Code, @Sendable () async throws -> Void)] = [
        (.providerAlreadyRegistered, { _ = try await transaction.insert(record("one", 3)) }),
        (.accountAlreadyRegistered, { _ = try await transaction.insert(record("three", 1)) }),
        (
          .accountAlreadyRegistered,
          { _ = try await transaction.replace(record("two", 1), ifRevision: second.revision) }
        ),
        (.storeConflict, { _ = try await transaction.replace(first.record, ifRevision: second.revision) }),
        (.storeConflict, { try await transaction.remove(first.record.id, ifRevision: second.revision) }),
      ]
      for (code, attempt) in attempts {
        let error = await #expect(throws: TokenRotationError.self) { try await attempt() }
        #expect(error?.code == code)
        #expect(error?.outcome == .notApplied)
      }
      _ = try await transaction.insert(record("three", 3))
    }
    #expect(try await store.page(after: nil, limit: 10).records.count == 3)
  }

  /// What the server refuses ends the transaction, which then must not look as if it were committed.
  @Test func aTransactionThatTheServerEndedIsNotCommitted() async throws {
    let (store, _) = try await hosted()
    let error = await #expect(throws: TokenRotationError.self) {
      try await store.withTransaction { transaction in
        _ = try await transaction.insert(record("one"))
        _ = try? await transaction.execute("SELECT 1/0")
      }
    }
    #expect(error?.code == .storeFailed)
    #expect(error?.outcome == .notApplied)
    #expect(try await store.read(ProviderID("one")) == nil)
    let refused = await #expect(throws: TokenRotationError.self) {
      _ = try await store.withTransaction { try await $0.execute("SELECT 1/0") }
    }
    #expect((refused?.cause as? PostgresError)?.sqlState == "22012")
  }

  @Test func aStatementForAnotherDriverDoesTheSame() async throws {
    let (store, customers) = try await hosted()
    let changes = try await store.changes()
    // Any transaction does: here one of another store's.
    let elsewhere = try await Place().open()
    func run(_ statement: PostgresStatement) async throws -> Revision? {
      try await elsewhere.withTransaction { transaction in
        try await transaction.execute("INSERT INTO \(customers) VALUES ('beside')")
        let rows = try await transaction.execute(statement.sql, statement.bindings)
        return rows.first?.first.flatMap { $0 }.flatMap { Int64($0) }.map { Revision(rawValue: $0) }
      }
    }
    let first = try record("one", 1)
    let inserted = try #require(try await run(try store.statement(inserting: first)))
    let stored = StoredRecord(record: first, revision: inserted)
    #expect(try await store.read(first.id) == stored)
    #expect(try await run(try store.statement(inserting: first)) == nil)
    let replaced = try #require(try await run(try store.statement(replacing: stored, with: first.with(token: [2]))))
    #expect(try await run(try store.statement(replacing: stored, with: first.with(token: [3]))) == nil)
    let changed = StoredRecord(record: first.with(token: [2]), revision: replaced)
    #expect(try await store.read(first.id) == changed)
    #expect(throws: TokenRotationError.self) { try store.statement(replacing: stored, with: record("two")) }
    #expect(try await run(store.statement(removing: stored)) == nil)
    #expect(try await run(store.statement(removing: changed)) != nil)
    #expect(try await store.transitions().map(\.label) == ["registered", "token_changed", "removed"])
    var told = 0
    for await change in changes where change == .record(first.id) {
      told += 1
      if told == 3 { break }
    }
    let statement = try store.statement(inserting: first.with(token: Array("sealed".utf8)))
    var dumped = ""
    dump(statement, to: &dumped)
    for text in ["\(statement)", String(reflecting: statement), dumped] { #expect(!text.contains("c2VhbGVk")) }
  }

  @Test func everyCommittedTransitionIsPutDownOnce() async throws {
    let place = try await Place()
    let store = try await place.open(Self.keeping)
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
      _ = try await store.replace(first.record.with(token: [3]), ifRevision: first.revision)
    }
    try await store.remove(stored.record.id, ifRevision: stored.revision)

    let transitions = try await place.open(Self.keeping).transitions()
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
    #expect(try await Place().open().transitions().isEmpty)
  }

  /// A step whose transaction began first and ended last is not missed by who acknowledged the others.
  @Test func aStepThatIsCommittedLateIsNotMissed() async throws {
    let (store, _) = try await hosted()
    try await store.withTransaction { transaction in
      _ = try await transaction.insert(record("slow", 1))
      _ = try await store.insert(record("fast", 2))
      let seen = try await store.transitions()
      #expect(seen.map(\.provider.description) == ["fast"])
      try await store.acknowledge(through: try #require(seen.last).number)
    }
    #expect(try await store.transitions().map(\.provider.description) == ["slow"])
  }

  @Test func changesWhileTheConnectionWasLostAreMadeUpFor() async throws {
    let place = try await Place()
    let store = try await place.open()
    let changes = try await store.changes()
    let stored = try await store.insert(record("one"))
    var iterator = changes.makeAsyncIterator()
    #expect(await iterator.next() == .record(stored.record.id))
    let ended = try await place.server.run(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%\(place.schema)%' AND pid <> pg_backend_pid()
      """)
    #expect(ended == ["t"])
    #expect(await iterator.next() == .anything)
    let again = try await store.replace(stored.record, ifRevision: stored.revision)
    #expect(await iterator.next() == .record(again.record.id))
  }

  @Test func aStoreThatGoesEndsItsSequences() async throws {
    let place = try await Place()
    var store: PostgresProviderStore? = try await place.open()
    let changes = try await #require(store).changes()
    store = nil
    for await _ in changes {}
    let listening =
      "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%\(place.schema)%' AND pid <> pg_backend_pid()"
    while try await place.server.run(listening) != [] {}
  }

  @Test func aDamagedRecordHidesNoOther() async throws {
    let place = try await Place(on: try await PostgresServer())
    let store = try await place.open()
    let large = (0..<40_000).map { _ in UInt8.random(in: 0...255) }
    for (number, id) in ["a", "b", "c", "d", "e", "f"].enumerated() {
      _ = try await store.insert(record(id, number, token: id == "e" ? large : [1]))
    }
    let providers = place.table("providers")
    try await place.server.run(
      """
      UPDATE \(providers) SET record = record - 'token' WHERE id = 'b';
      UPDATE \(providers) SET record = jsonb_set(record, '{version}', '2') WHERE id = 'c';
      UPDATE \(providers) SET record = (SELECT record FROM \(providers) WHERE id = 'a') WHERE id = 'd';
      """)
    // The file in which the server keeps what is large is lost, as after a failure of the disk.
    let file = try await place.server.run(
      "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE oid = to_regclass('\(providers)')")
    await place.server.stop()
    try place.server.overwrite(try #require(file.first))
    try await place.server.start()
    for id in ["b", "c", "d", "e"] {
      let error = await #expect(throws: TokenRotationError.self) { try await store.read(ProviderID(id)) }
      #expect(error?.code == .recordUnreadable)
      #expect(error?.message.contains("provider \(id) ") == true)
    }
    let page = try await store.page(after: nil, limit: 5)
    #expect(page.records.map(\.record.id.description) == ["a"])
    #expect(page.unreadable.map(\.description) == ["b", "c", "d", "e"])
    let rest = try await store.page(after: page.next, limit: 5)
    #expect(rest.records.map(\.record.id.description) == ["f"])
    #expect(rest.next == nil)
    #expect(try await store.read(ProviderID("f")) != nil)
  }

  @Test(arguments: [
    "\0", "a\0b", "\\\0", "\\\\\0", "\\u0000", "\u{10ff00}", "\u{10ff00}0", "\u{10ff00}1", "\0\u{10ff00}\0", "\"\0\"",
    "",
  ])
  func textThatJSONBDoesNotTakeComesBack(text: String) async throws {
    let store = try await Place().open()
    var object = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(record("one"))) as? [String: Any])
    object["later \(text)"] = ["text": text]
    let record = try JSONDecoder().decode(
      ProviderRecord.self, from: JSONSerialization.data(withJSONObject: object))
    let stored = try await store.insert(record)
    let found = try #require(try await store.read(record.id))
    #expect(found == stored)
    let again = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(found.record)) as? [String: Any])
    #expect((again["later \(text)"] as? [String: String])?["text"] == text)
  }
}
