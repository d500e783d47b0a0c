// What validating webhooks needs to know of a provider.
extension TwilioProviders {
  /// The tokens that a genuine webhook of a provider's account may be signed with now: the one in use, the candidate, and
  /// for ``SessionSettings/settlePeriod`` the ones from before.
  ///
  /// Twilio signs with the primary. Which one that is changes in the middle of a rotation, and webhooks are in flight
  /// while it does. The tokens come from memory, and are as fresh as ``RotationTimings/readersRefresh`` says.
  ///
  /// - Throws: ``TokenRotationError`` with the code `providerNotFound`, or what the store or the cipher throws if nothing
  ///   is in memory.
  package func webhookTokens(of id: ProviderID) async throws -> [AuthToken] {
    try await cache.snapshot(of: id).webhookTokens(at: configuration.timeSource.uptime)
  }

  /// The providers of an account, at most one for each region; none if the account is not known.
  ///
  /// Both are remembered for ``SessionSettings/accountMemory``.
  ///
  /// - Throws: ``TokenRotationError`` with the code `storeFailed`.
  package func providerIDs(ofAccount sid: AccountSID) async throws -> [ProviderID] {
    try await cache.providers(of: sid)
  }
}
