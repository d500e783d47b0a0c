// What all operations that go through the rotation machine have in common.
extension TwilioProviders {
  /// Refuses where a token that Twilio shows once would be lost with the process.
  func requireDurableStore() throws {
    guard store.isDurable || configuration.allowsTokenLossWithProcess else {
      throw TokenRotationError(
        .storeNotDurable,
        "The store forgets everything when the process ends, and Twilio shows a new token only once. Use a durable "
          + "store, or set `allowsTokenLossWithProcess` if losing access to the account is acceptable.")
    }
  }

  /// The account with its current token, as the caller of a request.
  func currentCaller(_ record: ProviderRecord) async throws -> TwilioClient.Caller {
    caller(record, try await open(record.token, for: record.sealingContext(.current)))
  }

  func caller(_ record: ProviderRecord, _ token: AuthToken) -> TwilioClient.Caller {
    TwilioClient.Caller(accountSID: record.accountSID, region: record.region, token: token)
  }

  /// Reads a record that is about to be rotated.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/rotationInProgress`` if a worker holds it,
  ///   or ``TokenRotationError/Code/regionNotSupported`` if its region has no Auth Token API that is known.
  func requireFree(_ id: ProviderID) async throws -> StoredRecord {
    let stored = try await store.require(id)
    _ = try configuration.endpoints.origin(of: .accounts, in: stored.record.region)
    guard stored.record.rotation.tenure == nil else { throw TokenRotationError.rotationInProgress }
    // A record that does not open is found out before anything is begun.
    _ = try await currentCaller(stored.record)
    return stored
  }

  /// Reads a record, and waits for the end of the lease if a worker holds it that shows no sign of life.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/rotationInProgress`` if the worker is alive.
  func takeOver(_ id: ProviderID) async throws -> StoredRecord {
    var stored = try await store.require(id)
    guard let tenure = stored.record.rotation.tenure else { return stored }
    // Looked at now and then, so that a worker that is alive is seen early. A hundredth more, because the clocks of two
    // machines do not run alike.
    let looks = 4
    for _ in 0..<looks {
      try await configuration.timeSource.sleep(for: tenure.lease * 101 / (100 * looks))
      stored = try await store.require(id)
      guard let now = stored.record.rotation.tenure else { return stored }
      guard now.owner == tenure.owner, now.beat == tenure.beat else { throw TokenRotationError.rotationInProgress }
    }
    return stored
  }

  /// Performs a tenure, from the read anew if somebody else changed the record before anything was done.
  ///
  /// - Parameters:
  ///   - goal: What it is for.
  ///   - record: Reads the record, and refuses where the tenure must not begin.
  ///   - received: The token that a person brought, for an update.
  ///   - allowingSecondary: Whether that token may be the account's secondary.
  /// - Throws: ``TokenRotationError`` unless the goal was reached, `CancellationError` if the task was cancelled.
  func drive(
    _ goal: RotationMachine.Goal, received: AuthToken? = nil, allowingSecondary: Bool = false,
    on record: () async throws -> StoredRecord
  ) async throws -> RotationDriver.Outcome {
    var attempts = 1
    while true {
      var driver = RotationDriver(goal, on: try await record(), of: self, received: received)
      driver.allowsSecondary = allowingSecondary
      let outcome = try await driver.run()
      if outcome.result == .superseded, !outcome.hasWritten, attempts < configuration.attemptsAfterLostRace {
        attempts += 1
        continue
      }
      if let error = outcome.error { throw error }
      return outcome
    }
  }
}

extension RotationDriver.Outcome {
  /// What to tell the caller; nil if the goal was reached.
  var error: TokenRotationError? {
    switch result {
    case .done: nil
    case .superseded: .rotationInProgress
    case .quarantined:
      TokenRotationError(
        .rotationQuarantined,
        "The rotation cannot go on without a person: `explainRotation(of:)` says why and what to do. Nothing was deleted.",
        outcome: .unknown, cause: failure)
    case .ended(let stop):
      stop.error(failure, outcome: .notApplied, ending: "The token in use is the one from before.")
    case .stopped(.tokenRejected):
      RotationStop.tokenRejected.error(failure, outcome: .notApplied, ending: "The stored tokens are as they were.")
    case .stopped(let stop):
      stop.error(
        failure, outcome: record.rotation.phase == .minted || record.rotation.phase == .idle ? .notApplied : .unknown,
        ending: "The record holds every token that may be the right one; `resumeRotation(of:)` goes on from there.")
    }
  }
}

extension RotationStop {
  fileprivate func error(
    _ failure: TokenRotationError?, outcome: TokenRotationError.Outcome, ending: String
  ) -> TokenRotationError {
    let (code, message) = meaning(failure)
    return TokenRotationError(
      code, "\(message) \(ending)", outcome: outcome, cause: failure, answer: failure?.answer,
      retryAfter: failure?.retryAfter)
  }

  private func meaning(_ failure: TokenRotationError?) -> (TokenRotationError.Code, String) {
    switch self {
    case .secondaryExists:
      (
        .secondaryExists,
        "The account has a secondary Auth Token that is not known here. If nobody needs it, delete it first."
      )
    case .candidateRejected:
      (.candidateRejected, "Twilio no longer accepts the new token: somebody deleted it.")
    case .tokenNotReturned:
      (.tokenNotReturned, "Twilio created secondary tokens and did not show them. They were deleted where possible.")
    case .unsettled, .inconsistent:
      (.rotationUnsettled, "Twilio's answers contradict each other.")
    case .tokenRejected where failure == nil:
      (
        .tokenIsSecondary,
        "This is the account's secondary Auth Token: it does not sign webhooks, and it can be deleted. Promote it in the "
          + "Twilio Console first, or enter the primary."
      )
    case .refused, .unreachable, .tokenRejected, .storeFailed, .cancelled:
      (failure?.code ?? .twilioRefused, failure?.message ?? "Twilio refused the call.")
    }
  }
}

extension TokenRotationError {
  /// What whoever comes second is told.
  static var rotationInProgress: TokenRotationError {
    TokenRotationError(
      .rotationInProgress,
      "Another worker holds this provider's rotation. It goes on by itself; if its process is gone, "
        + "`resumeRotation(of:)` takes over once the lease is over.")
  }
}
