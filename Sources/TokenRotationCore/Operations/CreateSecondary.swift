extension TwilioProviders {
  /// Makes Twilio create a secondary token for a provider's account, and stores it, sealed, as the candidate.
  ///
  /// Nothing changes for anyone yet: the current token stays the primary, and the candidate waits for
  /// ``promoteSecondaryToken(of:)`` or ``deleteSecondaryToken(of:)``. Twilio shows the token this once, so from the
  /// moment the request is sent, cancelling the task no longer stops the operation.
  ///
  /// - Returns: What Twilio says of the secondary, without the token.
  /// - Throws: ``TokenRotationError``. Nothing was changed: `providerNotFound`, `storeNotDurable`, `secondaryExists`,
  ///   `regionNotSupported`, `authTokensNotEnabled`, a refusal of the current token, `twilioRateLimited`, and with the
  ///   outcome `notApplied` any other. With the outcome `unknown`, Twilio may have created a secondary that nobody
  ///   holds; with `applied` (`tokenNotReturned`, `storeFailed`) it has. ``deleteSecondaryToken(of:)`` removes it.
  @discardableResult
  public func createSecondaryToken(of id: ProviderID) async throws -> SecondaryAuthToken {
    try await instruments.observe(.createSecondary, of: id) {
      try requireDurableStore()
      let record = try await store.require(id).record
      guard record.rotation.candidate == nil else {
        throw TokenRotationError(
          .secondaryExists, "A secondary token is stored for this provider already. Promote it, or delete it.")
      }
      let caller = try await currentCaller(record)
      return try await shieldedFromCancellation { [self] in
        let issued = try await client.createSecondary(as: caller)
        guard let token = issued.token else {
          throw TokenRotationError(
            .tokenNotReturned, "Twilio created a secondary and did not show it, so nobody holds it. Delete it.",
            outcome: .applied)
        }
        try await keepOrDelete(token, of: id, caller: caller)
        return SecondaryAuthToken(
          accountSID: record.accountSID, dateCreated: issued.dateCreated, dateUpdated: issued.dateUpdated,
          url: issued.url)
      }
    }
  }

  /// Stores a token just received, and deletes it at Twilio where that is impossible: it is ours, and nobody uses it.
  private func keepOrDelete(_ token: AuthToken, of id: ProviderID, caller: TwilioClient.Caller) async throws {
    do {
      try await keep(token, of: id)
    } catch let failure {
      let isDeleted = (try? await client.deleteSecondary(as: caller)) != nil
      throw TokenRotationError(
        (failure as? TokenRotationError)?.code ?? .storeFailed,
        isDeleted
          ? "The new secondary could not be stored and was deleted at Twilio again. Nothing was changed."
          : "The new secondary could not be stored nor deleted at Twilio, where nobody holds it now. Delete it.",
        outcome: isDeleted ? .notApplied : .applied, cause: failure)
    }
  }

  private func keep(_ token: AuthToken, of id: ProviderID) async throws {
    try await retryingLostRaces {
      let stored = try await store.require(id)
      guard stored.record.rotation == .idle else {
        throw TokenRotationError(.secondaryExists, "Another secondary was stored for this provider meanwhile.")
      }
      var record = stored.record
      let sealed = try await seal(token, for: record.sealingContext(.candidate))
      record.rotation = .minted(
        RotationState.Candidate(token: sealed, mintedAt: InternetDate.rounded(configuration.timeSource.date)))
      do {
        _ = try await store.replace(record, ifRevision: stored.revision)
      } catch let error as TokenRotationError where error.outcome == .unknown {
        guard try await store.require(id).record.rotation == record.rotation else { throw error }
      }
    }
  }
}
