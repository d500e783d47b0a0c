import Synchronization
import TokenRotationCore
import TokenRotationSimulator

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Runs tasks on one thread in an order that a seed decides, and moves time on when nobody has anything to do.
///
/// The same seed gives the same run. A job that comes from another thread is counted: it would make runs differ.
final class DeterministicExecutor: TaskExecutor {
  private struct Sleeper {
    let end: Duration
    let id: Int
    let continuation: UnsafeContinuation<Void, any Error>
  }

  private struct State {
    var jobs: [UnownedJob] = []
    var sleepers: [Sleeper] = []
    var uptime = Duration.zero
    var random: SeededRandomNumberGenerator
    var lastID = 0
    var strayJobs = 0
  }

  private let state: Mutex<State>
  private let thread = pthread_self()

  init(seed: UInt64) {
    state = Mutex(State(random: SeededRandomNumberGenerator(seed: seed)))
  }

  /// How many jobs came from elsewhere.
  var strayJobs: Int { state.withLock(\.strayJobs) }

  var uptime: Duration { state.withLock(\.uptime) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isStray = !isHere
    state.withLock { state in
      state.jobs.append(job)
      if isStray { state.strayJobs += 1 }
    }
  }

  /// Whether the calling code runs where all of it has to.
  var isHere: Bool { pthread_equal(pthread_self(), thread) != 0 }

  /// Runs until nobody has anything to do and nobody waits.
  func run() {
    while true {
      let job = state.withLock { state -> UnownedJob? in
        guard !state.jobs.isEmpty else { return nil }
        let index = Int.random(in: state.jobs.indices, using: &state.random)
        state.jobs.swapAt(index, state.jobs.count - 1)
        return state.jobs.removeLast()
      }
      if let job {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if !wakeNext() {
        return
      }
    }
  }

  /// Moves time on to the end of the shortest wait.
  private func wakeNext() -> Bool {
    let sleeper = state.withLock { state -> Sleeper? in
      guard
        let next = state.sleepers.indices.min(by: { first, second in
          (state.sleepers[first].end, state.sleepers[first].id) < (
            state.sleepers[second].end, state.sleepers[second].id
          )
        })
      else { return nil }
      let sleeper = state.sleepers.remove(at: next)
      state.uptime = max(state.uptime, sleeper.end)
      return sleeper
    }
    sleeper?.continuation.resume()
    return sleeper != nil
  }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    guard duration > .zero else { return }
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        state.withLock { state in
          state.sleepers.append(Sleeper(end: state.uptime + duration, id: id, continuation: continuation))
        }
        if Task.isCancelled { cancel(id) }
      }
    } onCancel: {
      cancel(id)
    }
  }

  private func cancel(_ id: Int) {
    let sleeper = state.withLock { state -> Sleeper? in
      guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else { return nil }
      return state.sleepers.remove(at: index)
    }
    sleeper?.continuation.resume(throwing: CancellationError())
  }
}
