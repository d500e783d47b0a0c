import Synchronization

// Reading: one caller for all who want the same value, few at a time, and none while a failing store is left alone.
extension SharedReads {
  private enum Step: Sendable {
    case use(Value)
    case wait(Latch)
    case read(Latch, number: Int, changes: Int)
    case fail(TokenRotationError)
  }

  /// The value after the look at the store that is due, by this caller or by another.
  ///
  /// While one caller looks, others go on with a value that has not expired, and wait otherwise. If the store fails, all go
  /// on with the value that there is until it is useless, and the store is asked again after a pause.
  ///
  /// - Parameter isForced: Whether a look is due however fresh the value is, because it was found not to be right.
  func refreshed(_ key: Key, isForced: Bool = false) async throws -> Value {
    let seen = lastNumber.load(ordering: .acquiring)
    while true {
      switch nextStep(for: key, seen: seen, isForced: isForced) {
      case .use(let value): return value
      case .fail(let error): throw error
      case .wait(let latch): try await latch.wait()
      case .read(let latch, let number, let changes): try await perform(key, latch, number, changes)
      }
    }
  }

  private func nextStep(for key: Key, seen: Int, isForced: Bool) -> Step {
    let latch = Latch()
    let now = clock.uptime
    return withState(near: key) { state in
      let entry = state.entry(for: key)
      let item = entry.item
      let isYoung = item.map { now < $0.expiresAt } ?? false
      if let item {
        // Read since this caller came; what changed meanwhile is for the next one.
        if entry.number > seen { return .use(item.value) }
        if !isForced, !entry.hasChanged, now < item.refreshAt { return .use(item.value) }
      }
      if let reading = entry.reading {
        if let item, isYoung, !isForced { return .use(item.value) }
        return .wait(reading)
      }
      if let failure = entry.failure, failure.number > seen || now < failure.retryAt {
        if let item, isYoung || now < item.uselessAt { return .use(item.value) }
        return .fail(failure.error)
      }
      let number = lastNumber.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
      entry.reading = latch
      return .read(latch, number: number, changes: entry.changes)
    }
  }

  /// Reads a value, and keeps it or the reason why it could not be read.
  ///
  /// - Throws: `CancellationError` if the task was cancelled; somebody else reads then.
  private func perform(_ key: Key, _ latch: Latch, _ number: Int, _ changes: Int) async throws {
    defer { latch.open() }
    let result: Result<Item, TokenRotationError>
    do {
      let before = latest(key)
      result = .success(try await gate.pass { try await read(key, before) })
    } catch let error as TokenRotationError {
      result = .failure(error)
    } catch {
      withState(near: key) { $0.entry(for: key).end(latch) }
      throw error
    }
    let now = clock.uptime
    withState(near: key) { state in
      let entry = state.entry(for: key)
      entry.end(latch)
      // Forgotten meanwhile, and read anew by somebody who came later.
      guard number > entry.number else { return }
      switch result {
      case .success(let item):
        entry.failure = nil
        entry.item = item
        entry.number = number
        if entry.changes == changes { entry.hasChanged = false }
      case .failure(let error) where error.code == .providerNotFound:
        entry.failure = Failure(error: error, number: number, count: 0, retryAt: now)
        entry.item = nil
      case .failure(let error):
        let count = (entry.failure?.count ?? 0) + 1
        let pause = configuration.retryPolicy.backoff(afterFailures: count)
        entry.failure = Failure(error: error, number: number, count: count, retryAt: now + pause)
      }
      sweep(&state, at: now)
    }
  }

  /// Lets go of what cannot be used without being read again: what was secret is erased with it.
  private func sweep(_ state: inout State, at now: Duration) {
    guard now >= state.sweepAt else { return }
    state.sweepAt = now + configuration.sessions.settlePeriod
    state.entries.removeAll { entry in
      guard let item = entry.item, entry.reading == nil else { return false }
      return now >= item.expiresAt && (now >= item.uselessAt || item.forgetAt.map { now >= $0 } ?? false)
    }
  }
}

extension SharedReads.Entry {
  fileprivate func end(_ latch: Latch) {
    if reading === latch { reading = nil }
  }
}
