import Synchronization

/// What tasks ask of the event loop, and how they get its attention.
///
/// The loop is woken once for all that came while it slept, and not at all while it is awake and going to look anyway:
/// waking a thread costs more than everything else here.
final class Mailbox: Sendable {
  enum Message: Sendable {
    case start(Transfer)
    case cancel(Ticket)
  }

  private struct State: Sendable {
    var messages: [Message] = []
    var isLoopAwake = true
    var isClosed = false
    var hasEnded = false
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    /// What the loop sleeps in; nil once it has ended.
    var multi: MultiHandle?

    /// What to wake, if the loop sleeps and nobody is about to wake it.
    mutating func claimWakeUp() -> MultiHandle? {
      guard !isLoopAwake else { return nil }
      isLoopAwake = true
      return multi
    }
  }

  private let state: Lock<State>
  private let hasNews = Atomic(false)

  init(waking multi: MultiHandle) {
    state = Lock(State(multi: multi))
  }

  // MARK: From any thread

  /// Hands a transfer over; false if the loop takes none any more, and then it is the caller's as before.
  func start(_ transfer: Transfer) -> Bool {
    post(.start(transfer))
  }

  /// Asks for the end of a transfer, if it has not ended.
  func cancel(_ ticket: Ticket) {
    _ = post(.cancel(ticket))
  }

  /// Asks the loop to end everything, itself included.
  func close() {
    let sleeping = state.withLock { state in
      state.isClosed = true
      return state.claimWakeUp()
    }
    hasNews.store(true, ordering: .relaxed)
    wakeUp(sleeping)
  }

  /// Returns when the loop has ended.
  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waitingForEnd.append(continuation) }
        return state.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }

  private func post(_ message: Message) -> Bool {
    let (isTaken, sleeping) = state.withLock { state -> (Bool, MultiHandle?) in
      guard !state.isClosed else { return (false, nil) }
      state.messages.append(message)
      return (true, state.claimWakeUp())
    }
    hasNews.store(true, ordering: .relaxed)
    wakeUp(sleeping)
    return isTaken
  }

  /// Outside the lock, which the loop will want as soon as it is awake.
  private func wakeUp(_ sleeping: MultiHandle?) {
    // libcurl wakes through a socket pair of its own. Should that fail, the loop finds the message when its poll ends
    // by itself; until then it has to count as asleep, so that the next message tries again.
    do { try sleeping?.wakeUp() } catch { state.withLock { $0.isLoopAwake = false } }
  }

  // MARK: From the loop

  /// What the loop is to drive and to sleep in; nil if there has been a loop already.
  var multi: MultiHandle? { state.withLock(\.multi) }

  /// Whether there may be something to take: a hint that costs no lock.
  var mayHaveNews: Bool { hasNews.load(ordering: .relaxed) }

  /// Puts all messages into `batch`, which must be empty; false if the mailbox was closed.
  func take(into batch: inout [Message]) -> Bool {
    hasNews.store(false, ordering: .relaxed)
    return state.withLock { state in
      swap(&state.messages, &batch)
      state.isLoopAwake = true
      return !state.isClosed
    }
  }

  /// Whether the loop may sleep; from a true answer on, whoever brings something wakes it.
  func fallAsleep() -> Bool {
    state.withLock { state in
      guard state.messages.isEmpty, !state.isClosed else { return false }
      state.isLoopAwake = false
      return true
    }
  }

  /// Takes no more messages, and gives back those that nobody took.
  func closeForGood() -> [Message] {
    state.withLock { state in
      state.isClosed = true
      state.isLoopAwake = true
      state.multi = nil
      defer { state.messages = [] }
      return state.messages
    }
  }

  /// Tells everybody who waits that the loop has ended.
  func announceEnd() {
    let waiting = state.withLock { state in
      state.hasEnded = true
      defer { state.waitingForEnd = [] }
      return state.waitingForEnd
    }
    for continuation in waiting { continuation.resume() }
  }
}
