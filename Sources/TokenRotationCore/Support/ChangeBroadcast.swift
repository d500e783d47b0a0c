import Synchronization

/// Hands changes on to every listener: what a ``ChangeNotifyingStore`` is made with.
///
/// A listener that falls behind is not waited for: what it missed becomes ``ProviderChange/anything``.
package final class ChangeBroadcast: Sendable {
  private struct State {
    var listeners: [Int: AsyncStream<ProviderChange>.Continuation] = [:]
    var lastID = 0
  }

  /// How many changes wait for a listener before it is told to look at everything.
  private static let backlog = 256

  private let state = Mutex(State())

  package init() {}

  deinit {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.finish() }
  }

  /// Whether anyone listens.
  package var hasListeners: Bool { state.withLock { !$0.listeners.isEmpty } }

  /// A sequence of what is told from now on; it ends when the broadcast goes.
  package func listen() -> AsyncStream<ProviderChange> {
    AsyncStream(bufferingPolicy: .bufferingNewest(Self.backlog)) { continuation in
      let id = state.withLock { state in
        state.lastID += 1
        state.listeners[state.lastID] = continuation
        return state.lastID
      }
      continuation.onTermination = { [weak self] _ in
        self?.state.withLock { $0.listeners[id] = nil }
      }
    }
  }

  /// Tells every listener.
  package func tell(_ change: ProviderChange) {
    for listener in state.withLock({ Array($0.listeners.values) }) {
      // The oldest was dropped to make room, and any of them may be it.
      if case .dropped = listener.yield(change) { listener.yield(.anything) }
    }
  }
}
