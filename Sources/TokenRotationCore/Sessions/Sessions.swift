extension TwilioProviders {
  /// A provider's way to Twilio: sends requests with the right account, host and token, also while it is being rotated.
  ///
  /// Cheap to make, and good for as long as this object: the tokens behind it are shared by the whole process.
  public func session(for id: ProviderID) -> TwilioSession {
    TwilioSession(of: id, in: self)
  }

  /// Lends a provider's token to code that sends requests with an HTTP client of its own.
  ///
  /// If Twilio refuses it with a 401, tell so with ``report(rejected:)`` and try the one that this gives: that is what
  /// keeps calls from failing in the moment of a promotion.
  ///
  /// ```swift
  /// // Sends with your HTTP client, and gives the status.
  /// let call: (LentAuthToken) async throws -> Int = { token in
  ///   token.withUnsafeBytes { $0.isEmpty ? 401 : 200 }
  /// }
  /// let status = try await providers.withAuthToken(of: provider.id) { token in
  ///   var (token, status) = (token, try await call(token))
  ///   while status == 401 {
  ///     token = try await providers.report(rejected: token)
  ///     status = try await call(token)
  ///   }
  ///   return status
  /// }
  /// ```
  /// Whoever sends it is responsible for where: only to hosts of Twilio's, in the token's region, over TLS.
  ///
  /// - Throws: ``TokenRotationError``: `providerNotFound`; `tokensRefused` if Twilio refuses all tokens; what the store or
  ///   the cipher throws if nothing is in memory. And what `body` throws.
  nonisolated(nonsending) public func withAuthToken<Value>(
    of id: ProviderID, _ body: nonisolated(nonsending) (LentAuthToken) async throws -> sending Value
  ) async throws -> sending Value {
    // Two ways to the same, as a suspension would take longer than all the rest.
    if let trial = try beginTrialInMemory(id) { return try await body(LentAuthToken(of: trial)) }
    return try await body(LentAuthToken(of: beginTrial(id)))
  }

  /// Takes the report that Twilio refused a token with a 401, and gives the next one to try in the same call.
  ///
  /// - Throws: ``TokenRotationError``: `tokensRefused` if Twilio refuses all tokens, `twilioRefused` if it accepts them and
  ///   what it refused is the call's target. Both end the call.
  public func report(rejected token: LentAuthToken) async throws -> LentAuthToken {
    var trial = token.trial
    if !isKnownToWork(trial) {
      if try await trial.advance(in: cache, configuration) {
        readingInstruments.note(.retried, of: token.providerID)
        return LentAuthToken(of: trial)
      }
      try await requireAcceptance(trial)
    }
    throw TokenRotationError.targetRefused
  }
}

// MARK: What sessions and lent tokens have in common

extension TwilioProviders {
  /// Begins a call with the tokens in memory; nil if the store has to be looked at.
  func beginTrialInMemory(_ id: ProviderID) throws -> TokenTrial? {
    let now = configuration.timeSource.uptime
    guard let snapshot = cache.fresh(id, at: now) else { return nil }
    try snapshot.standing.admit(at: now, backoff: configuration.sessions.refusalBackoff)
    return TokenTrial(snapshot)
  }

  func beginTrial(_ id: ProviderID) async throws -> TokenTrial {
    let snapshot = try await cache.snapshot(of: id)
    try snapshot.standing.admit(at: configuration.timeSource.uptime, backoff: configuration.sessions.refusalBackoff)
    return TokenTrial(snapshot)
  }

  /// Whether there is no need to try other tokens: Twilio said a moment ago that it accepts one, and no rotation can have
  /// changed that since.
  func isKnownToWork(_ trial: TokenTrial) -> Bool {
    let now = configuration.timeSource.uptime
    return trial.snapshot.standing.isKnownToWork(at: now) && !trial.snapshot.isUnsettled(at: now)
  }

  /// Notes that Twilio accepted the token that was tried last.
  func noteAcceptance(_ trial: TokenTrial) {
    // Most calls are accepted at the first attempt, and change nothing of what is known.
    let index = trial.isFirst ? nil : trial.index
    if trial.snapshot.standing.accepted(index) {
      readingInstruments.noteRecovery(of: trial.snapshot.providerID)
    }
  }

  /// Finds out, after every token was refused, whether that was because of the tokens.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/tokensRefused`` if it was. Returns if Twilio
  ///   accepts a token when it is asked for the account.
  func requireAcceptance(_ trial: TokenTrial) async throws {
    let (snapshot, clock) = (trial.snapshot, configuration.timeSource)
    if snapshot.standing.isKnownToWork(at: clock.uptime) { return }
    var backoff = configuration.sessions.refusalBackoff
    // What is due to a node that is behind is over soon.
    if snapshot.isUnsettled(at: clock.uptime) { backoff = min(backoff, configuration.retryPolicy.longestPause) }
    let answer = try await snapshot.standing.find(backoff: backoff, time: clock) {
      for token in snapshot.tokensToTry(at: clock.uptime) {
        let verdict = try await verdict(on: token, accountSID: snapshot.accountSID, region: snapshot.region)
        if case .accepted = verdict { return true }
      }
      return false
    }
    switch answer {
    case .works:
      readingInstruments.note(.target, of: snapshot.providerID)
    case .foundRefused:
      readingInstruments.note(.everyToken, of: snapshot.providerID)
      throw TokenRotationError.tokensRefused(retryAfter: backoff)
    case .knownRefused:
      throw TokenRotationError.tokensRefused(retryAfter: backoff)
    }
  }
}

extension TokenRotationError {
  fileprivate static var targetRefused: TokenRotationError {
    TokenRotationError(
      .twilioRefused,
      "Twilio accepts the provider's Auth Token, and refused what was asked for. Is the account in the address the "
        + "provider's own?")
  }
}
