import Synchronization

/// A store in the memory of the process: to try things out with, and for tests.
///
/// It keeps every promise of ``ProviderStore`` but durability, and says so: what it holds is gone when the process
/// ends. Right for production only where tokens are merely updated and the host keeps them elsewhere as well.
public final class InMemoryProviderStore: ProviderStore, ChangeNotifyingStore {
  private struct State {
    var records: [ProviderID: StoredRecord] = [:]
    var order = SortedIDs()
    var ids: [AccountSID: [TwilioRegion: ProviderID]] = [:]
    var lastRevision: Int64 = 0

    /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/accountAlreadyRegistered``.
    mutating func store(_ record: ProviderRecord) throws -> StoredRecord {
      if let place = records.index(forKey: record.id), records.values[place].record.isOfSameAccount(as: record) {
        lastRevision += 1
        let stored = StoredRecord(record: record, revision: Revision(rawValue: lastRevision))
        records.values[place] = stored
        return stored
      }
      if let owner = ids[record.accountSID]?[record.region], owner != record.id {
        throw TokenRotationError.accountTaken()
      }
      lastRevision += 1
      let stored = StoredRecord(record: record, revision: Revision(rawValue: lastRevision))
      if let before = records.updateValue(stored, forKey: record.id) {
        forgetAccount(of: before.record)
      } else {
        order.insert(record.id)
      }
      ids[record.accountSID, default: [:]][record.region] = record.id
      return stored
    }

    mutating func remove(_ id: ProviderID) {
      guard let record = records.removeValue(forKey: id)?.record else { return }
      order.remove(id)
      forgetAccount(of: record)
    }

    private mutating func forgetAccount(of record: ProviderRecord) {
      ids[record.accountSID]?[record.region] = nil
      if ids[record.accountSID]?.isEmpty == true { ids[record.accountSID] = nil }
    }
  }

  private let state = Mutex(State())
  private let broadcast = ChangeBroadcast()

  /// Makes an empty store.
  public init() {}

  /// Always false.
  public var isDurable: Bool { false }

  /// Adds a record.
  public func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    let stored = try state.withLock { state in
      if state.records[record.id] != nil { throw TokenRotationError.idTaken() }
      return try state.store(record)
    }
    broadcast.tell(.record(record.id))
    return stored
  }

  /// Gives the record with this id; nil if there is none.
  public func read(_ id: ProviderID) async throws -> StoredRecord? {
    state.withLock { $0.records[id] }
  }

  /// Gives the records of an account, ordered by id.
  public func find(accountSID: AccountSID) async throws -> [StoredRecord] {
    state.withLock { state in
      (state.ids[accountSID] ?? [:]).values.sorted().compactMap { state.records[$0] }
    }
  }

  /// Puts a record in the place of the one with the same id, if that one's revision is still `revision`.
  public func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    let stored = try state.withLock { state in
      try Self.check(state.records[record.id], revision)
      return try state.store(record)
    }
    broadcast.tell(.record(record.id))
    return stored
  }

  /// Removes a record, if its revision is still `revision`.
  public func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try state.withLock { state in
      try Self.check(state.records[id], revision)
      state.remove(id)
    }
    broadcast.tell(.record(id))
  }

  /// Gives the records that follow `id`.
  public func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    state.withLock { state in
      let limit = max(1, limit)
      // One more than asked for tells whether there is another page.
      let following = state.order.following(id, limit: limit == .max ? limit : limit + 1)
      let page = following.prefix(limit)
      return ProviderPage(
        records: page.compactMap { state.records[$0] }, next: page.count < following.count ? page.last : nil)
    }
  }

  /// The records that change from now on.
  public func changes() async throws -> AsyncStream<ProviderChange> { broadcast.listen() }

  private static func check(_ stored: StoredRecord?, _ revision: Revision) throws {
    guard stored?.revision == revision else {
      throw TokenRotationError.revisionPassed()
    }
  }
}

extension ProviderRecord {
  fileprivate func isOfSameAccount(as other: ProviderRecord) -> Bool {
    accountSID == other.accountSID && region == other.region
  }
}
