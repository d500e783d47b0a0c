/// The host's store, with its errors made into this package's.
///
/// An error that the store's author did not foresee says nothing about whether a write took place, so it is reported
/// with that outcome, and by type only.
struct CheckedStore: ProviderStore {
  private let store: any ProviderStore
  private let changed: @Sendable (ProviderID) -> Void

  /// Makes a store.
  ///
  /// - Parameters:
  ///   - store: The host's store.
  ///   - changed: Told of each record that was written, or may have been: this process's own readers learn it at once.
  init(_ store: any ProviderStore, changed: @escaping @Sendable (ProviderID) -> Void = { _ in }) {
    self.store = store
    self.changed = changed
  }

  /// The store, if it tells changes.
  var notifying: (any ChangeNotifyingStore)? { store as? any ChangeNotifyingStore }

  var isDurable: Bool { store.isDurable }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    try await writing(record.id) { try await store.insert(record) }
  }

  func read(_ id: ProviderID) async throws -> StoredRecord? {
    try await reading { try await store.read(id) }
  }

  func find(accountSID: AccountSID) async throws -> [StoredRecord] {
    try await reading { try await store.find(accountSID: accountSID) }
  }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await writing(record.id) { try await store.replace(record, ifRevision: revision) }
  }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await writing(id) { try await store.remove(id, ifRevision: revision) }
  }

  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await reading { try await store.page(after: id, limit: limit) }
  }

  /// Gives the record with this id.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/providerNotFound`` if there is none.
  func require(_ id: ProviderID) async throws -> StoredRecord {
    guard let stored = try await read(id) else {
      throw TokenRotationError(.providerNotFound, "No provider has this id. Register it first.")
    }
    return stored
  }

  /// Gives the record with this id if its revision is one that `isExpected`.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/storeConflict`` if it is not.
  func require(_ id: ProviderID, where isExpected: (Revision) -> Bool) async throws -> StoredRecord {
    let stored = try await require(id)
    guard isExpected(stored.revision) else {
      throw TokenRotationError(.storeConflict, "The provider is not in the state that was expected. Read it again.")
    }
    return stored
  }

  private func reading<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error where !error.isUnderstood {
      throw TokenRotationError(.storeFailed, "The store could not be read. Nothing was changed.", cause: error)
    }
  }

  private func writing<Value>(_ id: ProviderID, _ body: () async throws -> Value) async throws -> Value {
    // Also after a failure: it may have been written, or somebody else has.
    defer { changed(id) }
    do {
      return try await body()
    } catch let error where !(error is TokenRotationError) {
      throw TokenRotationError(
        .storeFailed, "The store failed while writing. Read the provider to see whether the change was made.",
        outcome: .unknown, cause: error)
    }
  }
}

extension Error {
  fileprivate var isUnderstood: Bool { self is TokenRotationError || self is CancellationError }
}
