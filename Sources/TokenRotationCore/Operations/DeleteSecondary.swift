extension TwilioProviders {
  /// Deletes the account's secondary token at Twilio, and the candidate in the record.
  ///
  /// Whatever secondary the account has is deleted, also one made in the Console; without any it succeeds. This is the
  /// one operation that may delete what is not ours: calling it is your word that nobody needs it. Should the stored
  /// candidate turn out to be the primary, because the answer to a promotion was lost, it becomes the current token
  /// instead. To clean up after an interrupted rotation only, call ``abandonRotation(of:)``.
  ///
  /// - Throws: ``TokenRotationError``. With the outcome `notApplied` nothing was deleted: `providerNotFound`,
  ///   `regionNotSupported`, `rotationInProgress`, and the codes with which Twilio refuses or cannot be asked. With the
  ///   outcome `unknown`, ``resumeRotation(of:)`` finishes. `rotationQuarantined` if Twilio accepts nothing that is stored.
  public func deleteSecondaryToken(of id: ProviderID) async throws {
    try await instruments.observe(.deleteSecondary, of: id) {
      _ = try await drive(.delete) { try await requireFree(id) }
    }
  }
}
