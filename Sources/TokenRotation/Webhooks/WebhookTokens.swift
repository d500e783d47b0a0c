package import TokenRotationCore

/// Where a validator gets tokens from: ``TwilioProviders``, and something simpler in tests.
package protocol WebhookTokens: Sendable {
  /// The tokens that a webhook of this provider may be signed with.
  ///
  /// - Throws: `TokenRotationError` with the code `providerNotFound`, or whatever keeps them from being read.
  func tokensForWebhooks(of id: ProviderID) async throws -> [WebhookToken]

  /// The same, if no look at the store is needed: without a suspension, which takes about as long as a hash.
  func tokensForWebhooksInMemory(of id: ProviderID) -> [WebhookToken]?

  /// The providers of an account; none if it is not registered.
  func providerIDs(ofAccount sid: AccountSID) async throws -> [ProviderID]
}

extension WebhookTokens {
  /// Nothing.
  package func tokensForWebhooksInMemory(of id: ProviderID) -> [WebhookToken]? { nil }
}

extension TwilioProviders: WebhookTokens {}
