extension TwilioProviders {
  /// Makes Twilio create a secondary token for a provider's account, and stores it, sealed, as the candidate.
  ///
  /// Nothing changes for anyone yet: the current token stays the primary, and the candidate waits for
  /// ``promoteSecondaryToken(of:)`` or ``deleteSecondaryToken(of:)``. For both steps in one there is
  /// ``rotateAuthToken(of:)``.
  ///
  /// - Returns: What Twilio says of the secondary, without the token.
  /// - Throws: ``TokenRotationError``. Nothing was changed: `providerNotFound`, `storeNotDurable`, `regionNotSupported`,
  ///   `rotationInProgress`, `secondaryExists`, `authTokensNotEnabled`, and with the outcome `notApplied` any other. With
  ///   the outcome `unknown` Twilio may have created a secondary; ``resumeRotation(of:)`` finishes, and
  ///   ``abandonRotation(of:)`` cleans up. `rotationQuarantined` wants a person.
  @discardableResult
  public func createSecondaryToken(of id: ProviderID) async throws -> SecondaryAuthToken {
    try await instruments.observe(.createSecondary, of: id) {
      try requireDurableStore()
      let outcome = try await drive(.create) {
        let stored = try await requireFree(id)
        guard stored.record.rotation.candidate == nil else {
          throw TokenRotationError(
            .secondaryExists, "A secondary token is stored for this provider already. Promote it, or delete it.")
        }
        return stored
      }
      return SecondaryAuthToken(
        accountSID: outcome.record.accountSID, dateCreated: outcome.issued?.dateCreated,
        dateUpdated: outcome.issued?.dateUpdated, url: outcome.issued?.url)
    }
  }
}
