/// What tasks ask of those who drive the transfers.
final class Mailbox: Sendable {
  enum Message: Sendable {
    case start(Transfer)
    case cancel(Ticket)
  }

  /// What whoever posted a message has to do about it.
  enum Duty {
    /// Everything: the mailbox was closed.
    case keep
    /// Nothing: somebody is awake who will look.
    case none
    /// Serve it, if nobody does: there is little to do at the moment, and the thread is asleep.
    case serve
    /// Wake the thread.
    case wake
  }

  /// How many transfers make it worth to wake the thread: it then finds several answers each time it wakes, and does not
  /// go to sleep at all if there are many.
  private static let worthwhile = 4

  private struct State: Sendable {
    var messages: [Message] = []
    /// How many transfers there are, as far as was known when the mailbox was emptied.
    var transfers = 0
    var isThreadAsleep = false
    var isClosed = false
    var hasEnded = false
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Lock(State())

  /// Takes a message.
  ///
  /// - Parameter mayServe: Whether the caller would serve it.
  func post(_ message: Message, mayServe: Bool) -> Duty {
    state.withLock { state in
      if state.isClosed { return .keep }
      state.messages.append(message)
      guard state.isThreadAsleep else { return .none }
      if mayServe, state.transfers + state.messages.count < Self.worthwhile { return .serve }
      state.isThreadAsleep = false
      return .wake
    }
  }

  /// Takes no more messages.
  func close() {
    state.withLock { $0.isClosed = true }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  var isEmpty: Bool { state.withLock { $0.messages.isEmpty } }

  /// Puts all messages into `batch`, which must be empty.
  ///
  /// - Parameter transfers: How many there are besides those that the messages start.
  func take(into batch: inout [Message], transfers: Int) {
    state.withLock { state in
      state.transfers = transfers + state.messages.count
      swap(&state.messages, &batch)
    }
  }

  // MARK: The thread

  /// Notes that the thread sleeps; false if there is something for it to do first.
  func beginSleep() -> Bool {
    state.withLock { state in
      state.isThreadAsleep = state.messages.isEmpty && !state.isClosed
      return state.isThreadAsleep
    }
  }

  /// Notes that the thread is awake: until ``beginSleep()`` says that it may sleep, it needs no waking.
  func endSleep() {
    state.withLock { $0.isThreadAsleep = false }
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
