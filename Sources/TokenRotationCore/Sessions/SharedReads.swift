import Synchronization

/// Values read from the store, in memory for as long as they are fresh, and read by one caller for all.
///
/// Looking a fresh value up takes a lock that is held for no longer than that and that few other keys share. Everything
/// else happens where a value is missing, may have changed or grows old; see ``refreshed(_:)``.
final class SharedReads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// A value, and how long it is good for.
  struct Item: Sendable {
    let value: Value
    /// From when on one caller reads it again while the others go on with it.
    let refreshAt: Duration
    /// From when on nobody goes on with it unless reading it again was tried.
    let expiresAt: Duration
    /// From when on nobody goes on with it even if reading fails.
    let uselessAt: Duration
    /// From when on it is not kept although it may be read again, once it has expired.
    var forgetAt: Duration?
  }

  /// What is kept for one key; only touched under its shard's lock.
  final class Entry {
    var item: Item?
    /// Which read the item is from.
    var number = 0
    /// Whether what was read may have changed since.
    var hasChanged = false
    /// Counts the changes.
    var changes = 0
    /// Opens when the read that is under way is over.
    var reading: Latch?
    var failure: Failure?
  }

  /// Reads that failed since the last one that did not.
  struct Failure {
    let error: TokenRotationError
    /// Which read failed last.
    let number: Int
    let count: Int
    /// Until when nobody tries again.
    let retryAt: Duration
  }

  struct State {
    var entries: RecentlyUsed<Key, Entry>
    /// When what cannot be used any more is looked for.
    var sweepAt = Duration.zero

    /// The entry for a key, made if there is none.
    mutating func entry(for key: Key) -> Entry {
      if let entry = entries.use(key) { return entry }
      let entry = Entry()
      entries.insert(entry, for: key)
      return entry
    }
  }

  private final class Shard: Sendable {
    let state: Mutex<State>
    init(limit: Int) { state = Mutex(State(entries: RecentlyUsed(limit: limit))) }
  }

  private let shards: [Shard]
  private let shardNumber: @Sendable (Key) -> Int
  let configuration: TokenRotationConfiguration
  let gate: Gate
  let read: @Sendable (Key, Value?) async throws -> Item
  /// Numbers the reads in the order in which they begin.
  let lastNumber = Atomic<Int>(0)

  var clock: any TimeSource { configuration.timeSource }

  /// - Parameters:
  ///   - limit: How many values are kept; those not used for longest go first.
  ///   - configuration: Time, pauses after failures, and how long a sweep may wait.
  ///   - gate: Bounds how many reads are under way.
  ///   - shardNumber: Spreads keys over locks: any number from zero on.
  ///   - read: Reads a value; it is given the one that is to be replaced.
  init(
    limit: Int, configuration: TokenRotationConfiguration, gate: Gate,
    shardNumber: @escaping @Sendable (Key) -> Int, read: @escaping @Sendable (Key, Value?) async throws -> Item
  ) {
    // As many as their limits still mean something.
    let count = min(16, max(1, limit / 64))
    shards = (0..<count).map { _ in Shard(limit: limit / count) }
    self.shardNumber = shardNumber
    self.configuration = configuration
    self.gate = gate
    self.read = read
  }

  /// The value, fresh unless the store cannot be read.
  ///
  /// - Throws: ``TokenRotationError`` if it cannot be read and there is none that may still be used, `CancellationError`
  ///   if the task was cancelled.
  func value(for key: Key) async throws -> Value {
    if let value = fresh(key, at: clock.uptime) { return value }
    return try await refreshed(key)
  }

  /// The value, if it needs no look at the store.
  func fresh(_ key: Key, at now: Duration) -> Value? {
    withState(near: key) { state in
      guard let entry = state.entries.use(key), !entry.hasChanged, let item = entry.item, now < item.refreshAt
      else { return nil }
      return item.value
    }
  }

  /// The value that was read last, however old.
  func latest(_ key: Key) -> Value? {
    withState(near: key) { $0.entries.use(key)?.item?.value }
  }

  /// Notes that what was read for a key may have changed, so that the next caller looks.
  ///
  /// - Returns: Whether there was something.
  @discardableResult
  func noteChange(of key: Key) -> Bool {
    withState(near: key) { state in
      guard let entry = state.entries.peek(key) else { return false }
      entry.noteChange()
      return true
    }
  }

  /// Notes that everything may have changed of which `condition` holds.
  func noteChanges(where condition: @Sendable (Value) -> Bool = { _ in true }) {
    for shard in shards {
      shard.state.withLock { state in
        state.entries.forEach { entry in
          if entry.item.map({ condition($0.value) }) ?? true { entry.noteChange() }
        }
      }
    }
  }

  /// How many values are kept.
  var count: Int {
    shards.reduce(0) { count, shard in
      count
        + shard.state.withLock { state in
          var found = 0
          state.entries.forEach { if $0.item != nil { found += 1 } }
          return found
        }
    }
  }

  func withState<Result: Sendable>(near key: Key, _ body: (inout State) -> Result) -> Result {
    shards[shardNumber(key) % shards.count].state.withLock { body(&$0) }
  }
}

extension SharedReads.Entry {
  fileprivate func noteChange() {
    hasChanged = true
    changes += 1
  }
}
