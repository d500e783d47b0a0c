import Synchronization
public import TokenRotationCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Time that passes only when a test says so: a wait of a minute is over at once.
///
/// Either the test moves time on with ``advance(by:)`` and whoever waited long enough goes on, or every wait moves it on
/// by itself, which suits code that waits alone.
public final class VirtualTime: TimeSource {
  private struct Sleeper {
    let end: Duration
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var uptime: Duration = .zero
    var sleeps: [Duration] = []
    var sleepers: [Int: Sleeper] = [:]
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    var lastID = 0

    mutating func wakeable() -> [Sleeper] {
      let ready = sleepers.filter { $0.value.end <= uptime }.sorted { ($0.value.end, $0.key) < ($1.value.end, $1.key) }
      for (id, _) in ready { sleepers[id] = nil }
      return ready.map(\.value)
    }

    mutating func satisfiedWatchers() -> [CheckedContinuation<Void, Never>] {
      let satisfied = watchers.filter { $0.count <= sleepers.count }
      watchers.removeAll { $0.count <= sleepers.count }
      return satisfied.map(\.continuation)
    }
  }

  private let start: Date
  private let advancesWhenSleeping: Bool
  private let state = Mutex(State())

  /// Makes a time that stands still.
  ///
  /// - Parameters:
  ///   - start: The date at the beginning; 2026-01-01T00:00:00Z by default.
  ///   - advancesWhenSleeping: Whether a wait moves time on by itself instead of waiting for ``advance(by:)``.
  public init(start: Date = Date(timeIntervalSince1970: 1_767_225_600), advancesWhenSleeping: Bool = false) {
    self.start = start
    self.advancesWhenSleeping = advancesWhenSleeping
  }

  /// The date at the beginning and what has passed since.
  public var date: Date {
    let components = uptime.components
    return start + (Double(components.seconds) + Double(components.attoseconds) / 1e18)
  }

  /// What has passed since the beginning.
  public var uptime: Duration { state.withLock { $0.uptime } }

  /// How long each wait so far was to be, in order.
  public var sleeps: [Duration] { state.withLock { $0.sleeps } }

  /// Moves time on, and lets everyone go on whose wait is over.
  public func advance(by duration: Duration) {
    let ready = state.withLock { state in
      state.uptime += duration
      return state.wakeable()
    }
    for sleeper in ready { sleeper.continuation.resume() }
  }

  /// Returns once at least `count` waits are under way: what to await before ``advance(by:)``.
  public func sleepers(count: Int) async {
    await withCheckedContinuation { continuation in
      let satisfied = state.withLock { state in
        state.watchers.append((count, continuation))
        return state.satisfiedWatchers()
      }
      for watcher in satisfied { watcher.resume() }
    }
  }

  /// Waits until time was moved on by `duration`.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  public func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    if advancesWhenSleeping {
      state.withLock { $0.sleeps.append(duration) }
      return advance(by: duration)
    }
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let satisfied = state.withLock { state in
          state.sleeps.append(duration)
          state.sleepers[id] = Sleeper(end: state.uptime + duration, continuation: continuation)
          return state.satisfiedWatchers()
        }
        for watcher in satisfied { watcher.resume() }
        // A cancellation that came before the sleeper was entered found nobody to wake.
        if Task.isCancelled { cancel(id) }
        advance(by: .zero)
      }
    } onCancel: {
      cancel(id)
    }
  }

  private func cancel(_ id: Int) {
    let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
    sleeper?.continuation.resume(throwing: CancellationError())
  }
}
