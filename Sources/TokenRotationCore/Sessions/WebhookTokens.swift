// What validating webhooks needs to know of a provider.
extension TwilioProviders {
  /// The tokens that a genuine webhook of a provider's account may be signed with now, the likeliest first.
  ///
  /// Twilio signs with the primary. Which one that is changes in the middle of a rotation, and webhooks are in flight
  /// while it does.
  ///
  /// - Throws: ``TokenRotationError`` with the code `providerNotFound`, or what reading and opening the record throws.
  package func webhookTokens(of id: ProviderID) async throws -> [AuthToken] {
    let record = try await store.require(id).record
    var tokens = [try await open(record.token, for: record.sealingContext(.current))]
    if let candidate = record.rotation.candidate {
      tokens.append(try await open(candidate, for: record.sealingContext(.candidate)))
    }
    return tokens
  }

  /// The providers of an account, at most one for each region; none if the account is not known.
  ///
  /// - Throws: ``TokenRotationError`` with the code `storeFailed`.
  package func providerIDs(ofAccount sid: AccountSID) async throws -> [ProviderID] {
    try await store.find(accountSID: sid).map(\.record.id)
  }
}
