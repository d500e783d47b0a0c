import Dispatch
import Foundation
import TokenRotation

/// A worker's store that tells the harness of every write: who held the record by it, and when it was made.
struct RecordedStore: ProviderStore {
  private let store: any ProviderStore

  init(_ store: any ProviderStore) { self.store = store }

  var isDurable: Bool { store.isDurable }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    let began = DispatchTime.now().uptimeNanoseconds
    let stored = try await store.replace(record, ifRevision: revision)
    let write = TenureWrite(
      provider: record.id.description, revision: stored.revision.rawValue, owner: record.rotation.tenure?.owner,
      beat: record.rotation.tenure?.beat, phase: record.rotation.phase.rawValue,
      process: ProcessInfo.processInfo.processIdentifier, began: began)
    say(try write.line)
    return stored
  }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord { try await store.insert(record) }

  func read(_ id: ProviderID) async throws -> StoredRecord? { try await store.read(id) }

  func find(accountSID: AccountSID) async throws -> [StoredRecord] { try await store.find(accountSID: accountSID) }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await store.remove(id, ifRevision: revision)
  }

  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await store.page(after: id, limit: limit)
  }
}
