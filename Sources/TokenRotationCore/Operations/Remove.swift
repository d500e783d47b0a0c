extension TwilioProviders {
  /// Removes a provider and its tokens from the store, and changes nothing at Twilio.
  ///
  /// A provider whose rotation is open is not removed: its secondary would stay at Twilio with nobody holding it, or,
  /// if a promotion's answer was lost, the account's only live token would be gone. Promote or delete it first.
  ///
  /// - Throws: ``TokenRotationError``, and nothing was changed: `providerNotFound`, `secondaryExists`,
  ///   `rotationInProgress`, `storeConflict`; or `storeFailed`, whose outcome may be unknown.
  public func remove(_ id: ProviderID) async throws {
    try await remove(id) { _ in true }
  }

  /// Removes a provider if the record's revision is one that `isExpected`.
  ///
  /// - Throws: ``TokenRotationError`` with the code `storeConflict` if it is not.
  package func remove(_ id: ProviderID, where isExpected: (Revision) -> Bool) async throws {
    try await instruments.observe(.remove, of: id) {
      try await retryingLostRaces {
        let stored = try await store.require(id, where: isExpected)
        switch stored.record.rotation.phase {
        case .idle, .quarantined: break
        case .minted, .promoting:
          throw TokenRotationError(
            .secondaryExists, "A secondary token is stored for this provider. Promote it, or delete it, then remove.")
        case .creating, .discarding: throw TokenRotationError.rotationInProgress
        }
        try await store.remove(id, ifRevision: stored.revision)
      }
    }
  }
}
