/// A step of a provider's life, as a durable store's outbox keeps it.
public struct OutboxTransition: Hashable, Sendable {
  /// Its place in the order in which steps are given out; greater than that of every step given out before.
  public let number: Int64
  /// The provider.
  public let provider: ProviderID
  /// The state that it led to.
  public let revision: Revision
  /// What happened, as ``ProviderTransition`` names it.
  public let label: String

  /// Takes what a store put down.
  public init(number: Int64, provider: ProviderID, revision: Revision, label: String) {
    self.number = number
    self.provider = provider
    self.revision = revision
    self.label = label
  }
}
