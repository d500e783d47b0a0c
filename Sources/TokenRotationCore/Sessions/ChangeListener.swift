import Synchronization

/// Listens to a store that tells changes, for as long as this object is there.
///
/// A store that stops telling is listened to again at the next occasion; what was missed is found by looking, as it is
/// where a store tells nothing.
final class ChangeListener: Sendable {
  private enum State {
    case idle(since: Duration)
    case starting
    case listening(Task<Void, Never>)
    case ended
  }

  private let store: (any ChangeNotifyingStore)?
  private let configuration: TokenRotationConfiguration
  private let state = Mutex(State.idle(since: .zero))
  private let mayStart = Atomic<Bool>(true)

  init(store: CheckedStore, configuration: TokenRotationConfiguration) {
    self.store = store.notifying
    self.configuration = configuration
    mayStart.store(self.store != nil, ordering: .relaxed)
  }

  deinit {
    state.withLock { state in
      if case .listening(let task) = state { task.cancel() }
      state = .ended
    }
  }

  /// Sees to it that changes are told from now on; waits for no one but the store, and only the first time.
  func start(_ tell: @escaping @Sendable (ProviderChange) -> Void) async {
    guard mayStart.load(ordering: .relaxed), let store else { return }
    let now = configuration.timeSource.uptime
    let isMine = state.withLock { state in
      guard case .idle(let since) = state, now >= since else { return false }
      state = .starting
      return true
    }
    guard isMine else { return }
    do {
      let changes = try await store.changes()
      mayStart.store(false, ordering: .relaxed)
      let task = Task(executorPreference: configuration.executor) { [weak self] in
        for await change in changes { tell(change) }
        guard !Task.isCancelled else { return }
        // Between the end and the next beginning nothing is told.
        tell(.anything)
        self?.stop()
      }
      state.withLock { $0 = .listening(task) }
    } catch {
      stop()
    }
  }

  private func stop() {
    let pause = configuration.timings.readersRefresh
    state.withLock { state in
      if case .ended = state { return }
      state = .idle(since: configuration.timeSource.uptime + pause)
    }
    mayStart.store(true, ordering: .relaxed)
  }
}
