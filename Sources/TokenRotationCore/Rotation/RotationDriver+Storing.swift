// Writing the record: fenced, repeated until its fate is known, and with the tokens sealed for their new places.
extension RotationDriver {
  /// A token, and the place that it is to be sealed for if that is another one than where it was.
  private struct MovingToken: Hashable, Sendable {
    /// Where it was; nil if it came with an answer.
    var sealed: SealedToken?
    var slot = TokenSlot.candidate
    var destination: TokenSlot?
  }

  /// How often a write is tried whose fate is not known, or that the store refused for a reason of its own.
  private static let attempts = 6

  /// Stores a change of the ledger.
  mutating func store(_ change: RotationChange) async -> RotationMachine.Event {
    let event: RotationMachine.Event
    do {
      event = await write(try await record(after: change))
    } catch {
      failure = TokenRotationError(wrapping: error)
      return .storeFailed
    }
    if event == .stored {
      newEvidence = []
      hasWritten = true
      report(change)
    }
    return event
  }

  /// Writes the record as it is, to show that this worker is alive.
  mutating func renewLease() async -> RotationMachine.Event {
    var record = stored.record
    record.rotation.tenure?.beat += 1
    return await write(record)
  }

  // MARK: What is written

  private func record(after change: RotationChange) async throws -> ProviderRecord {
    let before = stored.record
    let known = change == .replaceCurrent || change == .adopt(.received) ? try await placesOfReceived() : []
    let planned = before.ledger
      .map { token, slot in MovingToken(sealed: token, slot: slot) }
      .applying(
        change, received: received.map { _ in MovingToken() },
        isReceived: { token in token.sealed.map(known.contains) ?? false }
      ) { token, slot in
        MovingToken(sealed: token.sealed, slot: token.slot, destination: slot)
      }
    var record = before
    record.adopt(try await settle(planned))
    record.rotation.tenure = planned.isHeld ? tenure(after: before.rotation.tenure) : nil
    record.rotation.evidence = (record.rotation.evidence + newEvidence).suffix(RotationEvidence.limit)
    note(change, in: &record.rotation)
    switch change {
    case .commit, .replaceCurrent: record.verification.record(providers.credentialsPassed())
    default: break
    }
    return record
  }

  /// The stored tokens that are the one that a person brought.
  private func placesOfReceived() async throws -> Set<SealedToken> {
    let ledger = stored.record.ledger.map { token, slot in MovingToken(sealed: token, slot: slot) }
    var known: Set<SealedToken> = []
    for token in [ledger.current] + [ledger.candidate].compactMap(\.self) + ledger.givenUp {
      guard let sealed = token.sealed else { continue }
      // A token that no key opens any more must not keep a person from bringing another one.
      let opened = try? await providers.open(sealed, for: stored.record.sealingContext(token.slot))
      if let opened, opened == received { known.insert(sealed) }
    }
    return known
  }

  private func note(_ change: RotationChange, in state: inout RotationState) {
    switch change {
    case .keep: state.mintedAt = InternetDate.rounded(clock.date)
    case .takeReturned: state.mintedAt = InternetDate.rounded(clock.date)
    case .commit: state.committedAt = InternetDate.rounded(clock.date)
    default: break
    }
    switch change {
    case .end(let reason), .release(let reason): state.stop = reason
    case .dropCandidate: state.stop = .candidateRejected
    default: state.stop = nil
    }
    if state.candidate == nil { state.mintedAt = nil }
    if state.phase == .idle || state.phase == .quarantined {
      state.goal = nil
    } else if goal != .resume, goal != .update {
      state.goal = goal
    }
    if state.phase == .idle, state.stop == nil { state.evidence = [] }
  }

  private func tenure(after tenure: RotationTenure?) -> RotationTenure {
    guard let tenure, tenure.owner == owner else { return RotationTenure(owner: owner, lease: timings.lease) }
    return RotationTenure(owner: owner, beat: tenure.beat + 1, lease: timings.lease)
  }

  private func settle(_ planned: RotationLedger<MovingToken>) async throws -> RotationLedger<SealedToken> {
    var givenUp: [SealedToken] = []
    for token in planned.givenUp { givenUp.append(try await settle(token)) }
    var candidate: SealedToken?
    if let token = planned.candidate { candidate = try await settle(token) }
    return RotationLedger(
      planned, current: try await settle(planned.current), candidate: candidate, givenUp: givenUp)
  }

  private func settle(_ token: MovingToken) async throws -> SealedToken {
    if let sealed = token.sealed, token.destination ?? token.slot == token.slot { return sealed }
    let context = stored.record.sealingContext(token.destination ?? token.slot)
    if let sealed = token.sealed {
      return try await providers.seal(
        try await providers.open(sealed, for: stored.record.sealingContext(token.slot)), for: context)
    }
    guard let received else {
      throw TokenRotationError(.rotationUnsettled, "There is no token to be stored. Resume the rotation.")
    }
    return try await providers.seal(received, for: context)
  }

  // MARK: Writing it

  /// Replaces the record if nobody else changed the part of it that counts.
  private mutating func write(_ wanted: ProviderRecord) async -> RotationMachine.Event {
    let before = stored.record
    var record = wanted
    var revision = stored.revision
    var lastError: any Error = CancellationError()
    for attempt in 1...Self.attempts {
      let start = clock.uptime
      do {
        let (store, next, fence) = (providers.store, record, revision)
        stored = try await shielded { try await store.replace(next, ifRevision: fence) }
        leaseEnd = start + timings.lease
        return .stored
      } catch {
        lastError = error
      }
      do {
        let (store, id) = (providers.store, before.id)
        guard let current = try await shielded({ try await store.read(id) }) else { return .superseded }
        if current.record.holdsSameRotation(as: record) {
          // An attempt whose fate was unknown had been successful.
          stored = current
          leaseEnd = start + timings.lease
          return .stored
        }
        guard current.record.holdsSameRotation(as: before) else { return .superseded }
        // Somebody changed what has nothing to do with the rotation, or nothing at all.
        record = current.record
        record.token = wanted.token
        record.rotation = wanted.rotation
        for check in wanted.verification.checks where !before.verification.checks.contains(check) {
          record.verification.record(check)
        }
        revision = current.revision
      } catch {
        lastError = error
      }
      if attempt < Self.attempts { await pause(afterFailures: attempt) }
    }
    failure = TokenRotationError(wrapping: lastError)
    return .storeFailed
  }

  private func pause(afterFailures failures: Int) async {
    let (clock, pause) = (clock, providers.configuration.retryPolicy.backoff(afterFailures: failures))
    // Shielded and virtual or not, a sleep that fails is a sleep that is over.
    try? await shielded { try await clock.sleep(for: pause) }
  }
}

extension ProviderRecord {
  fileprivate func holdsSameRotation(as other: ProviderRecord) -> Bool {
    token == other.token && rotation == other.rotation
  }
}

extension TokenRotationError {
  /// The error itself, or one around an error that a port was not expected to throw.
  init(wrapping error: any Error) {
    self =
      error as? TokenRotationError
      ?? TokenRotationError(
        .storeFailed, "The store or the cipher failed. Look at the provider before trying again.", outcome: .unknown,
        cause: error)
  }
}
