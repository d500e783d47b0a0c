#if SQLite
import GRDB
import Synchronization
import TokenRotationCore

/// Writes of many callers, all that have come together in one transaction: each is durable when it returns, and the disk is
/// waited for once.
///
/// Nothing here is cut short by cancellation, so the fate of every write is known.
final class WriteQueue: Sendable {
  private struct State {
    var pending: [any PendingWrite] = []
    var isScheduled = false
  }

  /// How many writes a transaction holds at most, so that the host's own on the same database get their turn.
  private static let limit = 128

  private let database: any DatabaseWriter
  private let state = Mutex(State())

  init(database: any DatabaseWriter) {
    self.database = database
  }

  /// Performs a write in a transaction.
  ///
  /// - Parameter body: What it does. It may run more than once, each time after everything was rolled back. What it throws
  ///   as a `TokenRotationError` has changed nothing.
  func perform<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      add(Write(body: body, continuation: continuation))
    }
  }

  private func add(_ write: any PendingWrite) {
    let isFirst = state.withLock { state in
      state.pending.append(write)
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if isFirst { schedule() }
  }

  private func schedule() {
    database.asyncWriteWithoutTransaction { database in
      let (writes, areMoreLeft) = self.state.withLock { state in
        let writes = Array(state.pending.prefix(Self.limit))
        state.pending.removeFirst(writes.count)
        state.isScheduled = !state.pending.isEmpty
        return (writes, state.isScheduled)
      }
      if areMoreLeft { self.schedule() }
      Self.commit(writes, in: database)
    }
  }

  private static func commit(_ writes: [any PendingWrite], in database: Database) {
    var isOneToBlame = false
    do {
      try database.inTransaction(.immediate) {
        isOneToBlame = true
        for write in writes { try write.perform(in: database) }
        isOneToBlame = false
        return .commit
      }
      for write in writes { write.finish(nil) }
    } catch {
      // Nobody's write fails because of another one's.
      if isOneToBlame, writes.count > 1 {
        for write in writes { commit([write], in: database) }
      } else {
        for write in writes { write.finish(error) }
      }
    }
  }
}

private protocol PendingWrite: Sendable {
  /// - Throws: What went wrong with the transaction as a whole.
  func perform(in database: Database) throws
  /// Tells the caller what became of it, once it is settled.
  func finish(_ failure: (any Error)?)
}

private final class Write<Value: Sendable>: PendingWrite {
  private let body: @Sendable (Database) throws -> Value
  private let continuation: CheckedContinuation<Value, any Error>
  private let result = Mutex<Result<Value, any Error>?>(nil)

  init(body: @escaping @Sendable (Database) throws -> Value, continuation: CheckedContinuation<Value, any Error>) {
    self.body = body
    self.continuation = continuation
  }

  func perform(in database: Database) throws {
    let result: Result<Value, any Error>
    do {
      result = .success(try body(database))
    } catch let error as TokenRotationError {
      result = .failure(error)
    }
    self.result.withLock { $0 = result }
  }

  func finish(_ failure: (any Error)?) {
    if let failure {
      continuation.resume(throwing: failure)
    } else if let result = result.withLock({ $0 }) {
      continuation.resume(with: result)
    }
  }
}
#endif
