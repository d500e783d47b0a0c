public import TokenRotationCore

/// What came of looking at a webhook.
public enum WebhookVerdict: Sendable, Hashable {
  /// Twilio signed it, for this provider.
  case accepted(AcceptedWebhook)
  /// Nothing shows that Twilio signed it.
  case refused(WebhookRefusal)

  /// Whether it was accepted.
  public var isAccepted: Bool {
    if case .accepted = self { true } else { false }
  }
}

/// A webhook that Twilio signed.
public struct AcceptedWebhook: Sendable, Hashable {
  /// Whose webhook it is.
  public let providerID: ProviderID
  /// Which of the provider's tokens it is signed with.
  public let token: WebhookTokenRole

  /// Describes an accepted webhook.
  public init(providerID: ProviderID, token: WebhookTokenRole) {
    self.providerID = providerID
    self.token = token
  }
}
