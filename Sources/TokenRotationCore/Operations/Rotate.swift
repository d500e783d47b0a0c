extension TwilioProviders {
  /// Replaces an account's token by a new one that Twilio makes: creates it, stores it, proves it, promotes it, proves it
  /// again and makes it the current one.
  ///
  /// The old token works until the moment of the promotion, the new one from long before it. Whatever crashes or gets
  /// lost on the way, some token in the store works, and ``resumeRotation(of:)`` finishes what was begun. If a candidate
  /// is stored already, that one is promoted. It takes as long as ``RotationTimings/readersRefresh`` says and two
  /// seconds more; the task may be cancelled at any time, which takes effect where nothing is lost by it.
  ///
  /// - Returns: The provider, its credentials verified.
  /// - Throws: ``TokenRotationError``. With the outcome `notApplied` the token in use is the one from before:
  ///   `providerNotFound`, `storeNotDurable`, `regionNotSupported`, `rotationInProgress`, `secondaryExists`,
  ///   `candidateRejected`, `tokenNotReturned`, `authTokensNotEnabled` and the other codes with which Twilio refuses or
  ///   cannot be asked. With the outcome `unknown`, the record holds both tokens and can be resumed; `rotationQuarantined`
  ///   wants a person. `CancellationError` leaves a record that can be resumed as well.
  @discardableResult
  public func rotateAuthToken(of id: ProviderID) async throws -> TwilioProvider {
    TwilioProvider(try await rotated(id).record)
  }

  /// Rotates, and gives the record.
  package func rotated(_ id: ProviderID) async throws -> StoredRecord {
    try await instruments.observe(.rotate, of: id) {
      try requireDurableStore()
      return try await drive(.rotate) { try await requireFree(id) }.stored
    }
  }
}
