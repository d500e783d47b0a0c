extension TwilioProviders {
  /// Gives up a rotation: deletes the candidate at Twilio, and keeps the token in use.
  ///
  /// For a rotation that was interrupted and is no longer wanted. A secondary that nobody here created is left alone. If
  /// the candidate turns out to be the account's primary already, the rotation is finished instead, because the old token
  /// is dead. If a worker holds the record, it waits for the end of the lease first, as ``resumeRotation(of:)`` does.
  ///
  /// - Returns: The provider; no rotation is open.
  /// - Throws: ``TokenRotationError`` as ``resumeRotation(of:)`` does.
  @discardableResult
  public func abandonRotation(of id: ProviderID) async throws -> TwilioProvider {
    try await instruments.observe(.abandon, of: id) {
      TwilioProvider(try await drive(.abandon) { try await takeOver(id) }.record)
    }
  }
}
