extension TwilioProviders {
  /// Finds out what is wrong with a provider before a call fails: four checks, side by side, kept in its record.
  ///
  /// - **Credentials**: Twilio accepts the stored token.
  /// - **Trunk**: it exists, belongs to the account, and its domain and transfer mode agree with the details; skipped
  ///   where the provider has none.
  /// - **Credential List**: the trunk lets callers in by something, else it receives no traffic.
  /// - **Phone Numbers**: those that were imported are still there, and attached to the trunk.
  ///
  /// What Twilio does not answer, because it cannot be reached or asks for a pause, is an inconclusive check: it fails
  /// nobody, and what was known before goes on counting (``VerificationCheck/knownStatus``). If the token, its rotation or
  /// the details change meanwhile, the checks are made anew, so that nothing is said of a new token that was found out
  /// with an old one.
  ///
  /// - Returns: The report, as it is stored now.
  /// - Throws: ``TokenRotationError``, and the stored report is as it was: `providerNotFound`, `storeConflict`,
  ///   `cipherFailed` and the codes of sealed tokens that do not open; or `storeFailed`, whose outcome may be unknown.
  ///   `CancellationError`.
  @discardableResult
  public func verify(_ id: ProviderID) async throws -> VerificationReport {
    try await instruments.observe(.verify, of: id) {
      try await retryingLostRaces {
        let stored = try await store.require(id)
        let checks = try await ProviderVerification(record: stored.record, providers: self).checks()
        return try await keep(checks, of: stored)
      }
    }
  }

  /// Verifies every provider: what to call now and then.
  ///
  /// One provider's failure does not keep it from the others.
  ///
  /// - Parameter concurrency: How many are verified at a time, at least 1.
  /// - Returns: What came of each.
  /// - Throws: ``TokenRotationError`` with the code `storeFailed` if the store cannot be paged through, `CancellationError`.
  @discardableResult
  public func verifyAll(concurrency: Int = 8) async throws -> [ProviderID: Result<VerificationReport, any Error>] {
    try await instruments.observe(.verifyAll) {
      try await forEachProvider(concurrency: concurrency, where: { _ in true }) { [self] id in try await verify(id) }
    }
  }

  /// Stores checks, also over what others changed meanwhile that has nothing to do with what was checked.
  ///
  /// - Throws: ``TokenRotationError`` with the code `storeConflict` if the checks are of something that is no more, or if
  ///   others change the record all the time.
  private func keep(_ checks: [VerificationCheck], of verified: StoredRecord) async throws -> VerificationReport {
    var current = verified
    var attempt = 1
    while true {
      var record = current.record
      for check in checks { record.verification.record(check) }
      do {
        return try await store.replace(record, ifRevision: current.revision).record.verification
      } catch let error as TokenRotationError
        where error.code == .storeConflict && attempt < configuration.attemptsAfterLostRace
      {
        attempt += 1
        current = try await store.require(verified.record.id)
        let (now, then) = (current.record, verified.record)
        guard now.token == then.token, now.rotation == then.rotation, now.details == then.details else { throw error }
      }
    }
  }
}
