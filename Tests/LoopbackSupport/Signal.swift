/// Something that happens once, and that any number of tasks can wait for.
package final class Signal: Sendable {
  private struct State {
    var isSent = false
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var waits = 0
  }

  private let state = Lock(State())

  package init() {}

  /// Whether it has happened.
  package var isSent: Bool { state.withLock(\.isSent) }

  /// It has happened.
  ///
  /// Saying so twice does no harm.
  package func send() {
    let waiting = state.withLock { state in
      state.isSent = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume() }
  }

  /// Returns once it has happened, or the task is cancelled, as a test is that takes too long.
  package func wait() async {
    let number = state.withLock { state in
      state.waits += 1
      return state.waits
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isSent || Task.isCancelled { return true }
          state.waiting[number] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
    }
  }
}
