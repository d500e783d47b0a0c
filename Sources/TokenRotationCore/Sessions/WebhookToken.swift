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
package struct WebhookToken: Sendable {
  /// Which of the provider's it is.
  package let role: WebhookTokenRole
  /// The token.
  package let token: AuthToken

  package init(_ role: WebhookTokenRole, _ token: AuthToken) {
    self.role = role
    self.token = token
  }
}

extension TwilioProviders {
  /// The tokens that a genuine webhook of a provider's account may be signed with now, and which each one is.
  ///
  /// - Throws: ``TokenRotationError`` with the code `providerNotFound`, or what reading and opening the record throws.
  package func tokensForWebhooks(of id: ProviderID) async throws -> [WebhookToken] {
    let record = try await store.require(id).record
    var tokens = [WebhookToken(.current, try await open(record.token, for: record.sealingContext(.current)))]
    if let candidate = record.rotation.candidate {
      tokens.append(WebhookToken(.candidate, try await open(candidate, for: record.sealingContext(.candidate))))
    }
    return tokens
  }
}
