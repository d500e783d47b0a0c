extension TwilioProviders {
  /// Makes the stored candidate the account's primary token, and the provider's current one.
  ///
  /// The old token stops working at once. Before that, the candidate is given the time to become known to readers in
  /// other processes (``RotationTimings/readersRefresh``), and Twilio has to accept both tokens. Twilio is called with the
  /// candidate itself, which has two effects: no other secondary can be promoted by it, and a repetition after a lost
  /// answer still authenticates.
  ///
  /// - Returns: What Twilio says of the promotion, without the token.
  /// - Throws: ``TokenRotationError``. The token in use is the one from before, with the outcome `notApplied`:
  ///   `providerNotFound`, `storeNotDurable`, `candidateMissing`, `regionNotSupported`, `rotationInProgress`,
  ///   `candidateRejected` (it is gone from Twilio, and from the record) and the codes with which Twilio refuses or cannot
  ///   be asked. With the outcome `unknown` the record holds both tokens; ``resumeRotation(of:)`` settles it.
  @discardableResult
  public func promoteSecondaryToken(of id: ProviderID) async throws -> AuthTokenPromotion {
    try await instruments.observe(.promoteSecondary, of: id) {
      try requireDurableStore()
      let outcome = try await drive(.rotate) {
        let stored = try await requireFree(id)
        guard let candidate = stored.record.rotation.candidate else {
          throw TokenRotationError(
            .candidateMissing,
            "No secondary token is stored for this provider. Create one first; one made in the Twilio Console cannot be "
              + "promoted here, because a lost answer would lose the token.")
        }
        _ = try await open(candidate, for: stored.record.sealingContext(.candidate))
        return stored
      }
      return AuthTokenPromotion(
        accountSID: outcome.record.accountSID, dateCreated: outcome.issued?.dateCreated,
        dateUpdated: outcome.issued?.dateUpdated, url: outcome.issued?.url)
    }
  }
}
