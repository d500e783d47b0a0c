#if SQLite
import GRDB
import Synchronization
public import TokenRotationCore

extension SQLiteProviderStore: ChangeNotifyingStore {
  /// The records that change from now on.
  ///
  /// What this store writes is told when it is committed, and what others write at the next look, every
  /// ``Options/pollInterval``.
  public func changes() async throws -> AsyncStream<ProviderChange> {
    try await SQLiteFailure.explaining(whenWriting: false) { try await watch.listen() }
  }
}

/// Looks now and then whether others wrote to the database, as long as anyone listens.
final class ChangeWatch: Sendable {
  /// How far the counters of a database had come.
  struct Mark: Hashable, Sendable {
    var dataVersion: Int64 = 0
    var last: Int64 = 0
    var removals: Int64 = 0
  }

  private struct State {
    var mark: Mark?
    var task: Task<Void, Never>?
  }

  private let database: any DatabaseWriter
  private let broadcast: ChangeBroadcast
  private let interval: Duration
  private let state = Mutex(State())

  init(database: any DatabaseWriter, broadcast: ChangeBroadcast, interval: Duration) {
    self.database = database
    self.broadcast = broadcast
    self.interval = interval
  }

  /// Where the counters stand before the first one listens, so that nothing after that is missed.
  func listen() async throws -> AsyncStream<ProviderChange> {
    let mark = try await look(since: nil).mark
    let stream = broadcast.listen()
    state.withLock { state in
      guard state.task == nil else { return }
      state.mark = mark
      state.task = Task { [weak self, interval] in
        while (try? await Task.sleep(for: interval)) != nil, let self, await self.tell() {}
      }
    }
    return stream
  }

  func stop() {
    state.withLock { state in
      state.task?.cancel()
      state.task = nil
    }
  }

  /// - Returns: Whether to go on.
  private func tell() async -> Bool {
    let isOver = state.withLock { state in
      if broadcast.hasListeners { return false }
      state.task = nil
      return true
    }
    if isOver { return false }
    let known = state.withLock { $0.mark }
    // A look that fails is made up for by the next one, which starts from the same mark.
    guard let (mark, changes) = try? await look(since: known) else { return true }
    state.withLock { $0.mark = mark }
    for change in changes { broadcast.tell(change) }
    return true
  }

  private func look(since known: Mark?) async throws -> (mark: Mark, changes: [ProviderChange]) {
    try await database.writeWithoutTransaction { database in
      // On the connection that writes, where this number changes only with what others commit.
      let dataVersion = try Int64.fetchOne(database, sql: "PRAGMA data_version") ?? 0
      if let known, known.dataVersion == dataVersion { return (known, []) }
      guard let row = try Row.fetchOne(database, sql: "SELECT last, removals FROM token_rotation_sequence") else {
        return (Mark(), [.anything])
      }
      let mark = Mark(dataVersion: dataVersion, last: row[0], removals: row[1])
      guard let known, known.last != mark.last else { return (mark, []) }
      // A record that is gone cannot be named.
      guard known.removals == mark.removals else { return (mark, [.anything]) }
      let ids = try String.fetchAll(
        database, sql: "SELECT id FROM token_rotation_providers WHERE revision > ?", arguments: [known.last])
      return (mark, try ids.map { .record(try ProviderID($0)) })
    }
  }
}
#endif
