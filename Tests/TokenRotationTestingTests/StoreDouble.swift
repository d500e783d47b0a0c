import TokenRotationCore

/// A store in memory of which a test replaces one part by a broken one.
struct StoreDouble: ProviderStore {
  let base = InMemoryProviderStore()
  var isDurable: Bool { true }

  var onInsert: @Sendable (InMemoryProviderStore, ProviderRecord) async throws -> StoredRecord = {
    try await $0.insert($1)
  }
  var onRead: @Sendable (InMemoryProviderStore, ProviderID) async throws -> StoredRecord? = { try await $0.read($1) }
  var onFind: @Sendable (InMemoryProviderStore, AccountSID) async throws -> [StoredRecord] = {
    try await $0.find(accountSID: $1)
  }
  var onReplace: @Sendable (InMemoryProviderStore, ProviderRecord, Revision) async throws -> StoredRecord = {
    try await $0.replace($1, ifRevision: $2)
  }
  var onRemove: @Sendable (InMemoryProviderStore, ProviderID, Revision) async throws -> Void = {
    try await $0.remove($1, ifRevision: $2)
  }
  var onPage: @Sendable (InMemoryProviderStore, ProviderID?, Int) async throws -> ProviderPage = {
    try await $0.page(after: $1, limit: $2)
  }

  init(_ damage: (inout StoreDouble) -> Void) { damage(&self) }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord { try await onInsert(base, record) }
  func read(_ id: ProviderID) async throws -> StoredRecord? { try await onRead(base, id) }
  func find(accountSID: AccountSID) async throws -> [StoredRecord] { try await onFind(base, accountSID) }
  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await onReplace(base, record, revision)
  }
  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws { try await onRemove(base, id, revision) }
  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage { try await onPage(base, id, limit) }
}

/// A store that tells some of its changes.
struct TellingDouble: ChangeNotifyingStore {
  let store: StoreDouble
  let tells: @Sendable (ProviderChange, _ isThere: Bool) -> Bool

  var isDurable: Bool { true }
  func insert(_ record: ProviderRecord) async throws -> StoredRecord { try await store.insert(record) }
  func read(_ id: ProviderID) async throws -> StoredRecord? { try await store.read(id) }
  func find(accountSID: AccountSID) async throws -> [StoredRecord] { try await store.find(accountSID: accountSID) }
  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await store.replace(record, ifRevision: revision)
  }
  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await store.remove(id, ifRevision: revision)
  }
  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await store.page(after: id, limit: limit)
  }

  func changes() async throws -> AsyncStream<ProviderChange> {
    let all = try await store.base.changes()
    let (stream, continuation) = AsyncStream.makeStream(of: ProviderChange.self)
    let task = Task {
      for await change in all {
        guard case .record(let id) = change else { continue }
        let isThere = try await store.base.read(id) != nil
        if tells(change, isThere) { continuation.yield(change) }
      }
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }
}
