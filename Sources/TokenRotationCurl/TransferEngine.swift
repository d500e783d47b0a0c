import CTokenRotationCurl

/// Runs transfers over one set of connections.
///
/// Its thread sleeps until the system or the time has something for libcurl to do. A task that brings a request while few
/// others are under way does not wake it: the task drives just long enough for its request to go out, and the thread hears
/// of the answer, because the system lets sockets be added to what a thread is waiting for. Waking a thread would take
/// longer than all else that a request costs this process. With many under way the thread is awake most of the time, and
/// does it all: what it finds each time it looks, requests and answers, it does together.
final class TransferEngine: Sendable {
  private let mailbox = Mailbox()
  private let watch: SocketWatch
  /// Held by who drives; nil when the thread has ended.
  private let driver: Lock<Driver?>
  private let isServedBySenders: Bool

  /// - Parameter isServedBySenders: Whether tasks may drive. Right where connections are kept: then what a task does is
  ///   to write a request, and what takes longer, such as a TLS handshake, is up to the thread.
  init(_ configuration: CurlTransport.Configuration, isServedBySenders: Bool) throws {
    watch = try SocketWatch()
    driver = Lock(Driver(try MultiHandle(configuration, reporting: watch)))
    self.isServedBySenders = isServedBySenders
  }

  // MARK: From any thread

  /// Takes a transfer over; false if the engine takes none any more, and then it is the caller's as before.
  func start(_ transfer: Transfer) -> Bool {
    switch mailbox.post(.start(transfer), mayServe: isServedBySenders) {
    case .keep: return false
    case .none: return true
    case .serve: serveFromHere()
    case .wake: watch.wakeUp()
    }
    return true
  }

  /// Asks for the end of a transfer, if it has not ended.
  func cancel(_ ticket: Ticket) {
    // Left to the thread: Swift calls this while it holds what resuming a task may need.
    if mailbox.post(.cancel(ticket), mayServe: false) == .wake { watch.wakeUp() }
  }

  /// Asks for the end of everything, the thread included.
  func close() {
    mailbox.close()
    watch.wakeUp()
  }

  /// Returns when the thread has ended.
  func waitForEnd() async {
    await mailbox.waitForEnd()
  }

  /// Empties the mailbox, unless somebody drives: whoever lets go of the driver looks whether there is more.
  private func serveFromHere() {
    while !mailbox.isEmpty {
      let isThreadLate = driver.withLockIfAvailable { driver -> Bool in
        do {
          try driver?.serve(mailbox)
          return driver?.isSleeperLate ?? false
        } catch {
          // Nothing tells which transfers the failure concerns: the thread ends them all, and later ones are refused.
          mailbox.close()
          return true
        }
      }
      guard let isThreadLate else { return }
      if isThreadLate { watch.wakeUp() }
      if mailbox.isClosed { return }
    }
  }

  // MARK: The thread

  /// Starts the thread, which lives until ``close()``.
  ///
  /// - Returns: False if the system gave no thread.
  func startThread() -> Bool {
    SystemThread.start { [self] in
      serve()
      end()
      mailbox.announceEnd()
    }
  }

  private func serve() {
    var ready: [TokenRotationReady] = []
    while !mailbox.isClosed {
      let pause = driver.withLock { driver -> Int32? in
        do {
          try driver?.serve(mailbox, ready)
          return try driver?.prepareToSleep()
        } catch {
          return nil
        }
      }
      guard let pause else { return }
      ready.removeAll(keepingCapacity: true)
      // What came while this thread drove was left to it; what sockets have to say meanwhile goes with that.
      let maySleep = mailbox.beginSleep()
      watch.wait(into: &ready, milliseconds: maySleep ? pause : 0)
      if maySleep { mailbox.endSleep() }
    }
  }

  /// Ends all that runs or was to run, and lets go of libcurl's handle with all its connections.
  private func end() {
    mailbox.close()
    driver.withLock { driver in
      driver?.endAll(mailbox)
      driver = nil
    }
  }
}
