import Synchronization
import TokenRotationCore

/// What is under way in this process: a second request for the same is given the same, and a caller who goes away stops
/// nothing.
final class RotationRuns: Sendable {
  struct Key: Hashable {
    let action: EndpointAction
    let provider: ProviderID
  }

  private struct State {
    var tasks: [Key: Task<TransportResponse, Never>] = [:]
    var hasEnded = false
  }

  private let state = Mutex(State())

  /// Runs `body`, or joins the run of the same key.
  ///
  /// - Parameters:
  ///   - key: What is to be done to whom.
  ///   - limit: How long to wait for its end.
  ///   - time: Where that time comes from.
  ///   - body: Does it.
  /// - Returns: What came of it; nil if it takes longer, or if nothing is to be begun any more.
  func run(
    _ key: Key, within limit: Duration, _ time: any TimeSource,
    _ body: @escaping @Sendable () async -> TransportResponse
  ) async -> TransportResponse? {
    let task = state.withLock { state -> Task<TransportResponse, Never>? in
      if let task = state.tasks[key] { return task }
      guard !state.hasEnded else { return nil }
      let task = Task {
        let response = await body()
        self.state.withLock { $0.tasks[key] = nil }
        return response
      }
      state.tasks[key] = task
      return task
    }
    guard let task else { return EndpointProblem.cancelled.response }

    // Whichever comes first. The wait for a task's value cannot be broken off, so it has a task of its own.
    let (first, continuation) = AsyncStream.makeStream(
      of: TransportResponse?.self, bufferingPolicy: .bufferingOldest(1))
    let finished = Task { _ = continuation.yield(await task.value) }
    let timer = Task {
      // A wait that is broken off ends like one that is over.
      try? await time.sleep(for: limit)
      continuation.yield(nil)
    }
    defer { timer.cancel() }
    _ = finished
    for await response in first { return response }
    return nil
  }

  /// Breaks off what is under way, begins nothing more, and returns when all has stopped.
  ///
  /// Rotations stop where nothing is lost by it, and can be resumed.
  func end() async {
    let tasks = state.withLock { state in
      state.hasEnded = true
      return Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
    for task in tasks { _ = await task.value }
  }
}
