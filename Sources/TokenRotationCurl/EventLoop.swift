import CTokenRotationCurl

/// Drives the transfers that come through one mailbox, on one thread of its own.
///
/// An instance is made on that thread and never leaves it, so its properties need no lock.
final class EventLoop {
  /// How long the loop looks out for the next request of a task that was just answered before it goes to sleep.
  ///
  /// Where one request follows the other it comes within a few microseconds, and waking a thread would cost more.
  private static let lookout = Duration.microseconds(20)
  /// After how many lookouts in a row without a request the loop does without, but for one in as many times.
  private static let patience = 16

  private let multi: MultiHandle
  private let mailbox: Mailbox
  private var messages: [Mailbox.Message] = []
  private var running: [Transfer] = []
  private var nextDeadline: ContinuousClock.Instant?
  private var lookoutsInVain = 0

  private init(driving multi: MultiHandle, mailbox: Mailbox) {
    self.multi = multi
    self.mailbox = mailbox
  }

  /// Starts a thread that serves `mailbox` until it is closed.
  ///
  /// - Returns: False if the system gave no thread.
  static func start(serving mailbox: Mailbox) -> Bool {
    SystemThread.start {
      serve(mailbox)
      mailbox.announceEnd()
    }
  }

  /// A function of its own, so that libcurl's handle, and all connections with it, is gone when it returns.
  private static func serve(_ mailbox: Mailbox) {
    guard let multi = mailbox.multi else { return }
    EventLoop(driving: multi, mailbox: mailbox).run()
  }

  /// Runs until the mailbox is closed, or libcurl fails as a whole; either way nothing is left running.
  private func run() {
    do {
      try drive()
    } catch {
      // Nothing tells which transfers the failure concerns: all end below, and later ones are refused.
    }
    for case .start(let transfer) in messages + mailbox.closeForGood() { transfer.end(.unavailable) }
    messages = []
    for transfer in running {
      // A handle that libcurl does not give back is not used again either, so there is nothing more to do about it.
      try? multi.remove(transfer.handle)
      transfer.end(.unavailable)
    }
    running = []
  }

  private func drive() throws {
    while mailbox.take(into: &messages) {
      messages.reverse()
      while let message = messages.popLast() {
        switch message {
        case .start(let transfer): start(transfer)
        case .cancel(let ticket): try cancel(ticket)
        }
      }
      try multi.perform()
      let hasAnswered = try endFinished()
      try endOverdue()
      if hasAnswered, running.isEmpty, lookOut() { continue }
      if mailbox.fallAsleep() { try multi.poll(milliseconds: millisecondsToNextDeadline()) }
    }
  }

  private func start(_ transfer: Transfer) {
    guard let ticket = transfer.ticket, !ticket.isCancelled else { return transfer.end(.cancelled) }
    do {
      try multi.add(transfer.handle)
    } catch {
      return transfer.end(.unavailable)
    }
    transfer.position = running.count
    running.append(transfer)
    nextDeadline = min(nextDeadline ?? transfer.deadline, transfer.deadline)
  }

  private func cancel(_ ticket: Ticket) throws {
    guard let transfer = running.first(where: { $0.ticket === ticket }) else { return }
    try end(transfer, .cancelled)
  }

  private func endFinished() throws -> Bool {
    var hasAnswered = false
    while let (receiver, code) = try unsafe multi.nextFinished() {
      guard let receiver = unsafe receiver else { continue }
      let transfer = unsafe Unmanaged<Transfer>.fromOpaque(receiver).takeUnretainedValue()
      try end(transfer, .finished(code))
      hasAnswered = true
    }
    return hasAnswered
  }

  /// Ends what has reached its deadline, wherever it stands: libcurl's own time limit does not cover a transfer that
  /// waits for a connection.
  private func endOverdue() throws {
    guard let due = nextDeadline else { return }
    let now = ContinuousClock.now
    guard due <= now else { return }
    for transfer in running where transfer.deadline <= now { try end(transfer, .overdue) }
    nextDeadline = running.lazy.map(\.deadline).min()
  }

  private func end(_ transfer: Transfer, _ ending: Transfer.Ending) throws {
    try multi.remove(transfer.handle)
    let last = running.removeLast()
    if last !== transfer {
      last.position = transfer.position
      running[transfer.position] = last
    }
    transfer.end(ending)
  }

  /// Waits a moment without sleeping, if that has paid lately; true if there is something to take.
  ///
  /// It does not where cores are scarce or requests far between, so it must stop by itself there.
  private func lookOut() -> Bool {
    if mailbox.mayHaveNews { return true }
    lookoutsInVain += 1
    guard lookoutsInVain <= Self.patience || lookoutsInVain.isMultiple(of: Self.patience) else { return false }
    let end = ContinuousClock.now.advanced(by: Self.lookout)
    repeat {
      for _ in 0..<32 where mailbox.mayHaveNews {
        lookoutsInVain = 0
        return true
      }
    } while ContinuousClock.now < end
    return false
  }

  private func millisecondsToNextDeadline() -> Int32 {
    // libcurl shortens this to its own timers; nothing else needs looking after.
    guard let nextDeadline, !running.isEmpty else { return 3_600_000 }
    return Int32(clamping: max(0, ContinuousClock.now.duration(to: nextDeadline).wholeMilliseconds))
  }
}
