/// Which of a provider's tokens a webhook is signed with.
///
/// Twilio signs with the account's primary token, so outside of a rotation anything but ``current`` means that the record
/// is behind: somebody rotated the token in the Console, or a promotion has not been committed.
public enum WebhookTokenRole: String, Sendable, Hashable, CaseIterable {
  /// The token in use.
  case current
  /// The one that a rotation is about to promote, or has just promoted.
  case candidate
  /// The one before: the webhook was under way while the token was rotated.
  case previous
}

/// A token that a webhook may be signed with.
package final class WebhookToken: Sendable {
  /// Which of the provider's it is.
  package let role: WebhookTokenRole
  /// The token.
  package let token: AuthToken
  /// What whoever checks signatures derives from the token.
  package let signingKey = DerivedSecret()

  package init(_ role: WebhookTokenRole, _ token: AuthToken) {
    self.role = role
    self.token = token
  }
}

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
  package func tokensForWebhooks(of id: ProviderID) async throws -> [WebhookToken] {
    try await cache.snapshot(of: id).webhookTokens(at: configuration.timeSource.uptime)
  }

  /// The same, if they are in memory and fresh; nil if the store has to be looked at.
  package func tokensForWebhooksInMemory(of id: ProviderID) -> [WebhookToken]? {
    let now = configuration.timeSource.uptime
    return cache.fresh(id, at: now)?.webhookTokens(at: now)
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
