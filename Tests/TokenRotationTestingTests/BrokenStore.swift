import Synchronization
import Testing
import TokenRotationCore
import TokenRotationTesting

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A store with one mistake that stores are really written with, and the clause that has to catch it.
struct BrokenStore: CustomTestStringConvertible, Sendable {
  let mistake: String
  let clause: String
  let clauses: [ProviderStoreContract.Clause]

  var testDescription: String { "\(mistake) → \(clause)" }

  init(_ mistake: String, _ clause: String, _ damage: @escaping @Sendable (inout StoreDouble) -> Void) {
    self.init(mistake, clause, making: { StoreDouble(damage) })
  }

  init(_ mistake: String, _ clause: String, making make: @escaping @Sendable () -> any ProviderStore) {
    self.init(mistake, clause, making: make, opening: { $0 })
  }

  init<Place: Sendable>(
    _ mistake: String, _ clause: String, making make: @escaping @Sendable () -> Place,
    opening open: @escaping @Sendable (Place) async throws -> any ProviderStore
  ) {
    self.mistake = mistake
    self.clause = clause
    clauses = ProviderStoreContract.clauses(makingPlace: make, opening: open, patience: .milliseconds(50))
  }
}

extension BrokenStore {
  static let all: [BrokenStore] =
    writing + looking + [
      BrokenStore("write not durable", "durability", making: { 0 }, opening: { _ in StoreDouble { _ in } }),
      BrokenStore(
        "stale read from a cache of its own", "readYourWrites", making: { InMemoryProviderStore() },
        opening: { shared in
          let cache = Mutex<[ProviderID: StoredRecord]>([:])
          return StoreDouble {
            $0.onInsert = { try await shared.insert($1) }
            $0.onFind = { try await shared.find(accountSID: $1) }
            $0.onReplace = { try await shared.replace($1, ifRevision: $2) }
            $0.onRemove = { try await shared.remove($1, ifRevision: $2) }
            $0.onPage = { try await shared.page(after: $1, limit: $2) }
            $0.onRead = { _, id in
              if let known = cache.withLock({ $0[id] }) { return known }
              let stored = try await shared.read(id)
              cache.withLock { $0[id] = stored }
              return stored
            }
          }
        }),
      BrokenStore("tells nothing", "changes", making: { TellingDouble(store: StoreDouble { _ in }) { _, _ in false } }),
      BrokenStore("does not tell removals", "changes", making: { TellingDouble(store: StoreDouble { _ in }) { $1 } }),
    ]

  private static let writing: [BrokenStore] = [
    BrokenStore("lost update: checks, then writes", "compareAndSwap") {
      $0.onReplace = { base, record, revision in
        guard let stored = try await base.read(record.id), stored.revision == revision else { throw conflict }
        for _ in 0..<8 { await Task.yield() }
        return try await overwrite(record, in: base)
      }
    },
    BrokenStore("lost update: checks, then writes", "linearizability") {
      $0.onReplace = { base, record, revision in
        guard let stored = try await base.read(record.id), stored.revision == revision else { throw conflict }
        for _ in 0..<8 { await Task.yield() }
        return try await overwrite(record, in: base)
      }
    },
    BrokenStore("revision not compared", "staleRevision") {
      $0.onReplace = { base, record, revision in
        guard try await base.read(record.id) != nil else { throw conflict }
        return try await overwrite(record, in: base)
      }
    },
    BrokenStore("conflict swallowed", "staleRevision") {
      $0.onReplace = { base, record, revision in
        do {
          return try await base.replace(record, ifRevision: revision)
        } catch {
          return StoredRecord(record: record, revision: revision)
        }
      }
    },
    BrokenStore("write applied although it threw a conflict", "staleRevision") {
      $0.onReplace = { base, record, revision in
        do {
          return try await base.replace(record, ifRevision: revision)
        } catch {
          if try await base.read(record.id) != nil { _ = try await overwrite(record, in: base) }
          throw error
        }
      }
    },
    BrokenStore("removes whatever the revision", "staleRevision") {
      $0.onRemove = { base, id, _ in
        guard let stored = try await base.read(id) else { throw conflict }
        try await base.remove(id, ifRevision: stored.revision)
      }
    },
    BrokenStore("replace inserts what is missing", "missingRecord") {
      $0.onReplace = { base, record, revision in
        if try await base.read(record.id) == nil { return try await base.insert(record) }
        return try await base.replace(record, ifRevision: revision)
      }
    },
    BrokenStore("remove of what is missing succeeds", "missingRecord") {
      $0.onRemove = { base, id, revision in
        if try await base.read(id) != nil { try await base.remove(id, ifRevision: revision) }
      }
    },
    BrokenStore("revision counted for each record, from 1", "newRevisions", making: { CountingStore() }),
    BrokenStore("insert replaces", "uniqueID") {
      $0.onInsert = { base, record in
        if try await base.read(record.id) != nil { return try await overwrite(record, in: base) }
        return try await base.insert(record)
      }
    },
    BrokenStore("cancelled write throws notApplied, and goes on", "cancellation") {
      $0.onReplace = { base, record, revision in
        let stored = try await base.replace(record, ifRevision: revision)
        if Task.isCancelled { throw TokenRotationError(.storeFailed, "The task was cancelled.") }
        return stored
      }
    },
    BrokenStore("cancelled write is torn", "cancellation") {
      $0.onReplace = { base, record, revision in
        guard let before = try await base.read(record.id) else { throw conflict }
        var half = record
        half.token = before.record.token
        let stored = try await base.replace(half, ifRevision: revision)
        try Task.checkCancellation()
        return try await base.replace(record, ifRevision: stored.revision)
      }
    },
  ]

  static var conflict: TokenRotationError { TokenRotationError(.storeConflict, "It was changed meanwhile.") }

  static func overwrite(_ record: ProviderRecord, in base: InMemoryProviderStore) async throws -> StoredRecord {
    while true {
      guard let stored = try await base.read(record.id) else { throw conflict }
      do {
        return try await base.replace(record, ifRevision: stored.revision)
      } catch let error as TokenRotationError where error.code == .storeConflict {}
    }
  }
}

/// A store whose revisions start anew with each record.
struct CountingStore: ProviderStore {
  private let records = Mutexed<[ProviderID: StoredRecord]>([:])

  var isDurable: Bool { true }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    let stored = StoredRecord(record: record, revision: Revision(rawValue: 1))
    records.withLock { $0[record.id] = stored }
    return stored
  }

  func read(_ id: ProviderID) async throws -> StoredRecord? { records.withLock { $0[id] } }
  func find(accountSID: AccountSID) async throws -> [StoredRecord] { [] }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try records.withLock { records in
      guard records[record.id]?.revision == revision else { throw BrokenStore.conflict }
      let stored = StoredRecord(record: record, revision: Revision(rawValue: revision.rawValue + 1))
      records[record.id] = stored
      return stored
    }
  }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws { records.withLock { $0[id] = nil } }
  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage { ProviderPage(records: [], next: nil) }
}

/// A mutex that copies of a value share.
final class Mutexed<Value>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: sending Value) { mutex = Mutex(value) }

  func withLock<Result>(_ body: (inout sending Value) throws -> sending Result) rethrows -> sending Result {
    try mutex.withLock(body)
  }
}
