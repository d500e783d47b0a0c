// Calls, questions and waits.
extension RotationDriver {
  /// Sends a call once, if the lease covers it to its latest end.
  ///
  /// - Throws: `CancellationError` if the task was cancelled before; nothing was sent.
  mutating func call(_ call: RotationCall) async throws -> RotationMachine.Event {
    if !machine.isCleaningUp { try Task.checkCancellation() }
    let caller: TwilioClient.Caller
    do {
      caller = try await self.caller(of: call)
    } catch let error as TokenRotationError {
      failure = error
      return .answered(.refused)
    }
    if let event = await coverByLease() { return event }
    // A process that stood still in between has waited, and after any wait Twilio is asked again.
    if restsOnAnswers(call), clock.uptime - askedAt > timings.callWindow { return .answered(.tryLater) }
    let (sentAt, failureBefore) = (clock.uptime, failure)
    let answer = await send(call, as: caller)
    // What is to be told is why the token could not be stored.
    if machine.isCleaningUp { failure = failureBefore }
    if answer == .unknown { unknownCallSentAt = sentAt }
    newEvidence.append(RotationEvidence(call, answer, at: clock.date))
    return .answered(answer)
  }

  /// Whether a call is right only for as long as what Twilio last said of a token holds.
  ///
  /// The secondary that a deletion meets is ours because the token that was given up works. A person who has deleted that one
  /// since may have created another.
  private func restsOnAnswers(_ call: RotationCall) -> Bool {
    switch call {
    case .create: false
    case .delete:
      goal != .delete && !machine.isCleaningUp && !machine.ledger.givenUp.isEmpty
        && !machine.ledger.unknownCreate.isNoted
    case .promote: true
    }
  }

  /// Sees to it that nobody takes over before the latest moment at which a call sent now can take effect.
  ///
  /// - Returns: What stands in the way; nil if nothing does.
  private mutating func coverByLease() async -> RotationMachine.Event? {
    for _ in 0..<5 {
      if leaseEnd - clock.uptime >= timings.callWindow { return nil }
      let event = await renewLease()
      guard event == .stored else { return event }
    }
    failure = TokenRotationError(
      .storeFailed, "The store takes so long that the lease is nearly over when it answers. Set a longer lease.")
    return .storeFailed
  }

  private func caller(of call: RotationCall) async throws -> TwilioClient.Caller {
    let record = stored.record
    guard call.caller == .candidate else { return try await providers.currentCaller(record) }
    guard let candidate = try await token(.candidate) else {
      throw TokenRotationError(.candidateMissing, "The record holds no candidate to be promoted.")
    }
    return providers.caller(record, candidate)
  }

  private mutating func send(_ call: RotationCall, as caller: TwilioClient.Caller) async -> CallAnswer {
    let client = providers.client
    do {
      switch call {
      case .create:
        let issued = try await shielded { try await client.createSecondary(as: caller) }
        self.issued = issued
        received = issued.token
        return issued.token == nil ? .doneUnseen : .done
      case .delete:
        try await shielded { try await client.deleteSecondary(as: caller) }
        return .done
      case .promote:
        let issued = try await shielded { try await client.promoteSecondary(as: caller) }
        self.issued = issued
        reportPromotion()
        guard let primary = issued.token else { return .doneUnseen }
        guard primary != caller.token else { return .done }
        received = primary
        return .doneOther
      }
    } catch {
      let failure = TokenRotationError(wrapping: error)
      self.failure = failure
      let answer = failure.callAnswer
      // A pause that is too long to be waited for is the caller's to keep.
      let isTooLong = failure.retryAfter.map { $0 > providers.configuration.retryPolicy.longestPause } ?? false
      return answer == .tryLater && isTooLong ? .refused : answer
    }
  }

  /// Asks Twilio about a token.
  ///
  /// - Throws: `CancellationError` if the task was cancelled.
  mutating func probe(_ place: RotationToken) async throws -> RotationMachine.Event {
    try Task.checkCancellation()
    let answer = try await answer(to: place)
    askedAt = clock.uptime
    newEvidence.append(RotationEvidence(place, answer, at: clock.date))
    return .probed(answer)
  }

  private mutating func answer(to place: RotationToken) async throws -> ProbeAnswer {
    let record = stored.record
    let verdict: CredentialVerdict
    do {
      guard let token = try await token(place) else { return .inconclusive }
      verdict = try await providers.verdict(on: token, accountSID: record.accountSID, region: record.region)
    } catch let error as TokenRotationError {
      failure = error
      return .inconclusive
    }
    switch verdict {
    case .accepted(let account):
      switch account.role {
      case .primary: return .primary
      case .unknown: return .accepted
      case .secondary where goal == .update && allowsSecondary: return .accepted
      case .secondary:
        if goal == .update { return .secondary }
        // Where the primary is not named there is nothing to be found by it.
        guard let primary = account.primary else { return .accepted }
        received = primary
        return .secondary
      }
    case .rejected(let rejection) where rejection.reason == .tokenRefused:
      failure = rejection.error
      return .rejected
    case .rejected(let rejection):
      // Twilio said something of the account, and nothing against the token.
      failure = rejection.error
      return .inconclusive
    case .inconclusive(let error):
      failure = error
      return .inconclusive
    }
  }

  private func token(_ place: RotationToken) async throws -> AuthToken? {
    let record = stored.record
    switch place {
    case .received:
      return received
    case .current:
      return try await providers.open(record.token, for: record.sealingContext(.current))
    case .candidate:
      guard let candidate = record.rotation.candidate else { return nil }
      return try await providers.open(candidate, for: record.sealingContext(.candidate))
    case .givenUp(let index):
      guard record.rotation.givenUp.indices.contains(index) else { return nil }
      return try await providers.open(record.rotation.givenUp[index], for: record.sealingContext(.givenUp))
    }
  }

  // MARK: Waiting

  /// Waits, and shows meanwhile that this worker is alive.
  ///
  /// - Throws: `CancellationError` if the task was cancelled.
  mutating func wait(_ wait: RotationWait) async throws -> RotationMachine.Event {
    try Task.checkCancellation()
    var left = duration(of: wait)
    while left > .zero {
      let part = machine.ledger.isHeld ? min(left, timings.lease / 3) : left
      try await clock.sleep(for: part)
      left -= part
      guard left > .zero, machine.ledger.isHeld else { continue }
      let event = await renewLease()
      guard event == .stored else { return event }
    }
    return .waited
  }

  private func duration(of wait: RotationWait) -> Duration {
    switch wait {
    case .propagation: timings.propagation
    case .lateCalls: lateCalls
    case .lateCallsAndPropagation: lateCalls + timings.propagation
    case .readers: timings.readersRefresh
    case .pause:
      max(failure?.retryAfter ?? .zero, providers.configuration.retryPolicy.backoff(afterFailures: 1))
    }
  }

  /// What is left of the time in which a call may take effect: of this worker's last unknown one, or of one that
  /// another worker may have sent until now.
  private var lateCalls: Duration {
    guard machine.hasUnknownCall, !machine.tookOver, let unknownCallSentAt else { return timings.callWindow }
    return max(.zero, unknownCallSentAt + timings.callWindow - clock.uptime)
  }
}

extension TokenRotationError {
  /// What a failed call's error tells the machine.
  fileprivate var callAnswer: CallAnswer {
    switch (code, outcome) {
    case (_, .unknown): .unknown
    case (_, .applied): .doneUnseen
    case (.secondaryExists, .notApplied): .secondaryExists
    case (.secondaryNotFound, .notApplied): .noSecondary
    case (.tokenRefused, .notApplied): .unauthorized
    case (.twilioRateLimited, .notApplied), (.twilioUnreachable, .notApplied), (.twilioTimedOut, .notApplied):
      .tryLater
    case (_, .notApplied): .refused
    }
  }
}
