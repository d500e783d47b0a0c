/// The host's store, with its errors made into this package's.
///
/// An error that the store's author did not foresee says nothing about whether a write took place, so it is reported
/// with that outcome, and by type only.
struct CheckedStore: ProviderStore {
  private let store: any ProviderStore

  init(_ store: any ProviderStore) {
    self.store = store
  }

  var isDurable: Bool { store.isDurable }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    try await writing { try await store.insert(record) }
  }

  func read(_ id: ProviderID) async throws -> StoredRecord? {
    try await reading { try await store.read(id) }
  }

  func find(accountSID: AccountSID) async throws -> [StoredRecord] {
    try await reading { try await store.find(accountSID: accountSID) }
  }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await writing { try await store.replace(record, ifRevision: revision) }
  }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await writing { try await store.remove(id, ifRevision: revision) }
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

  private func reading<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error where !error.isUnderstood {
      throw TokenRotationError(.storeFailed, "The store could not be read. Nothing was changed.", cause: error)
    }
  }

  private func writing<Value>(_ body: () async throws -> Value) async throws -> Value {
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
