import Synchronization

/// Something that many wait for and that happens once.
final class Latch: Sendable {
  private struct State {
    var isOpen = false
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    var lastID = 0
  }

  private let state = Mutex(State())

  /// Returns once the latch is open.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  func wait() async throws {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let isOpen = state.withLock { state in
          if !state.isOpen { state.waiters[id] = continuation }
          return state.isOpen
        }
        if isOpen { continuation.resume() }
        // A cancellation that came before the waiter was entered found nobody to wake.
        if Task.isCancelled { cancel(id) }
      }
    } onCancel: {
      cancel(id)
    }
  }

  /// Lets everyone go on.
  func open() {
    let waiters = state.withLock { state in
      defer { state.waiters = [:] }
      state.isOpen = true
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
  }

  private func cancel(_ id: Int) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
  }
}

/// Lets a number of tasks in at once, in the order in which they came.
final class Gate: Sendable {
  private struct State {
    var free: Int
    var queue: [Latch] = []
  }

  private let state: Mutex<State>

  init(width: Int) { state = Mutex(State(free: width)) }

  /// Runs `body` when it is its turn.
  ///
  /// - Throws: `CancellationError` if the task was cancelled before, and what `body` throws.
  func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async throws {
    let latch: Latch? = state.withLock { state in
      if state.free > 0 {
        state.free -= 1
        return nil
      }
      let latch = Latch()
      state.queue.append(latch)
      return latch
    }
    guard let latch else { return }
    do {
      try await latch.wait()
    } catch {
      let wasQueued = state.withLock { state in
        let count = state.queue.count
        state.queue.removeAll { $0 === latch }
        return state.queue.count < count
      }
      // Otherwise the place had been handed over just before.
      if !wasQueued { leave() }
      throw error
    }
  }

  private func leave() {
    let next: Latch? = state.withLock { state in
      guard state.queue.isEmpty else { return state.queue.removeFirst() }
      state.free += 1
      return nil
    }
    next?.open()
  }
}
