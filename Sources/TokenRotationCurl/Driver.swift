import CTokenRotationCurl

/// Drives libcurl's transfers, for one thread at a time.
// Unchecked, because it is never shared: it lives behind a lock, and whoever drives holds that.
struct Driver: @unchecked Sendable {
  private let multi: MultiHandle
  private var messages: [Mailbox.Message] = []
  private var running: [Transfer] = []
  private var ended: [CheckedContinuation<Void, Never>] = []
  private var nextDeadline: ContinuousClock.Instant?
  /// Until when the thread sleeps; nil for as long as nothing happens.
  private var sleepEnd: ContinuousClock.Instant?

  init(_ multi: MultiHandle) {
    self.multi = multi
  }

  /// Does what tasks ask for and what sockets are ready for.
  mutating func serve(_ mailbox: Mailbox, _ ready: [TokenRotationReady] = []) throws {
    for socket in ready { try multi.act(on: socket) }
    try endFinished()
    // Now rather than with those below: what they do next takes as long as what follows here.
    resumeEnded()
    mailbox.take(into: &messages, transfers: running.count)
    guard !messages.isEmpty else { return }
    messages.reverse()
    while let message = messages.popLast() {
      switch message {
      case .start(let transfer): start(transfer)
      case .cancel(let ticket): try cancel(ticket)
      }
    }
    // What was just added is due at once.
    try multi.actOnTime()
    try endFinished()
    resumeEnded()
  }

  /// Resumes the tasks whose transfers are through: several at a time, so that one of the threads that tasks share is
  /// woken once for all of them.
  private mutating func resumeEnded() {
    for continuation in ended { continuation.resume() }
    ended.removeAll(keepingCapacity: true)
  }

  // MARK: Time

  /// Whether there is something to do sooner than the thread will wake.
  var isSleeperLate: Bool {
    guard let next = nextDue else { return false }
    return sleepEnd.map { next < $0 } ?? true
  }

  /// Does what is due by now, and says for how many milliseconds the thread may sleep; negative for ever.
  mutating func prepareToSleep() throws -> Int32 {
    let now = ContinuousClock.now
    if let due = multi.dueTime, due <= now {
      try multi.actOnTime()
      try endFinished()
    }
    try endOverdue(now)
    resumeEnded()
    // Not put off while it lies ahead: most requests are answered long before their time is up, so to wake once for
    // nothing is less than to be woken for each of them.
    let planned = sleepEnd.flatMap { $0 > now ? $0 : nil }
    sleepEnd = [nextDue, planned].compactMap(\.self).min()
    guard let sleepEnd else { return -1 }
    return Int32(clamping: max(0, now.duration(to: sleepEnd).wholeMilliseconds))
  }

  private var nextDue: ContinuousClock.Instant? {
    guard let due = multi.dueTime else { return nextDeadline }
    return nextDeadline.map { min($0, due) } ?? due
  }

  /// Ends what has reached its deadline, wherever it stands: libcurl's own time limit does not cover a transfer that
  /// waits for a connection.
  private mutating func endOverdue(_ now: ContinuousClock.Instant) throws {
    guard let due = nextDeadline, due <= now else { return }
    for transfer in running where transfer.deadline <= now { try end(transfer, .overdue) }
    nextDeadline = running.lazy.map(\.deadline).min()
  }

  // MARK: Transfers

  private mutating func start(_ transfer: Transfer) {
    guard let ticket = transfer.ticket, !ticket.isCancelled else { return settle(transfer, .cancelled) }
    do {
      try multi.add(transfer.handle)
    } catch {
      return settle(transfer, .unavailable)
    }
    transfer.position = running.count
    running.append(transfer)
    nextDeadline = min(nextDeadline ?? transfer.deadline, transfer.deadline)
  }

  private mutating func cancel(_ ticket: Ticket) throws {
    guard let transfer = running.first(where: { $0.ticket === ticket }) else { return }
    try end(transfer, .cancelled)
  }

  private mutating func endFinished() throws {
    while let (receiver, code) = try unsafe multi.nextFinished() {
      guard let receiver = unsafe receiver else { continue }
      try unsafe end(Unmanaged<Transfer>.fromOpaque(receiver).takeUnretainedValue(), .finished(code))
    }
  }

  private mutating func end(_ transfer: Transfer, _ ending: Transfer.Ending) throws {
    try multi.remove(transfer.handle)
    let last = running.removeLast()
    if last !== transfer {
      last.position = transfer.position
      running[transfer.position] = last
    }
    settle(transfer, ending)
  }

  private mutating func settle(_ transfer: Transfer, _ ending: Transfer.Ending) {
    if let continuation = transfer.end(ending) { ended.append(continuation) }
  }

  /// Ends all transfers, those that wait in the mailbox included.
  mutating func endAll(_ mailbox: Mailbox) {
    var waiting: [Mailbox.Message] = []
    mailbox.take(into: &waiting, transfers: 0)
    for case .start(let transfer) in messages + waiting { settle(transfer, .unavailable) }
    messages = []
    for transfer in running {
      // A handle that libcurl does not give back is not used again either, so there is nothing more to do about it.
      try? multi.remove(transfer.handle)
      settle(transfer, .unavailable)
    }
    running = []
    resumeEnded()
  }
}
