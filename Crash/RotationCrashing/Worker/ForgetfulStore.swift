import TokenRotation

/// A store that says that it has written some time before it has, as one does whose commits are not flushed: what the
/// harness has to catch.
actor ForgetfulStore: ProviderStore {
  /// Longer than it takes from storing a new token to promoting it.
  private static let delay = Duration.milliseconds(300)

  private let store: any ProviderStore
  private var pending: [ProviderID: StoredRecord] = [:]
  private var last: Int64 = 1 << 40

  init(_ store: any ProviderStore) { self.store = store }

  nonisolated var isDurable: Bool { true }

  func read(_ id: ProviderID) async throws -> StoredRecord? {
    if let stored = pending[id] { return stored }
    return try await store.read(id)
  }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    guard try await read(record.id)?.revision == revision else {
      throw TokenRotationError(.storeConflict, "The provider was changed meanwhile.")
    }
    last += 1
    let stored = StoredRecord(record: record, revision: Revision(rawValue: last))
    pending[record.id] = stored
    Task {
      try await Task.sleep(for: Self.delay)
      if let before = try await store.read(record.id) {
        _ = try await store.replace(record, ifRevision: before.revision)
      }
    }
    return stored
  }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord { try await store.insert(record) }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await store.remove(id, ifRevision: revision)
  }

  func find(accountSID: AccountSID) async throws -> [StoredRecord] { try await store.find(accountSID: accountSID) }

  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await store.page(after: id, limit: limit)
  }
}
