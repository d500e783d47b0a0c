/// What tasks ask of those who drive the transfers.
final class Mailbox: Sendable {
  enum Message: Sendable {
    case start(Transfer)
    case cancel(Ticket)
  }

  private struct State: Sendable {
    var messages: [Message] = []
    var isClosed = false
    var hasEnded = false
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Lock(State())

  /// Takes a message; false if the mailbox was closed, and then it is the caller's as before.
  func post(_ message: Message) -> Bool {
    state.withLock { state in
      if !state.isClosed { state.messages.append(message) }
      return !state.isClosed
    }
  }

  /// Takes no more messages.
  func close() {
    state.withLock { $0.isClosed = true }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  var isEmpty: Bool { state.withLock { $0.messages.isEmpty } }

  /// Puts all messages into `batch`, which must be empty.
  func take(into batch: inout [Message]) {
    state.withLock { swap(&$0.messages, &batch) }
  }

  // MARK: The end

  /// Returns when the end has been announced.
  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waitingForEnd.append(continuation) }
        return state.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }

  /// Tells everybody who waits that nothing is driven any more.
  func announceEnd() {
    let waiting = state.withLock { state in
      state.hasEnded = true
      defer { state.waitingForEnd = [] }
      return state.waitingForEnd
    }
    for continuation in waiting { continuation.resume() }
  }
}
