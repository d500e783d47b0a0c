/// What somebody wants to do at the endpoints: what an authorization is asked about.
public enum EndpointAction: String, Hashable, Sendable, CaseIterable {
  /// Register a provider. The provider asked about is the id that it would get.
  case register
  /// List providers. Asked without a provider; each one that is found is then asked about with ``read``.
  case list
  /// See a provider.
  case read
  /// Update a provider's token.
  case updateAuthToken
  /// Run the checks of a provider.
  case verify
  /// Remove a provider.
  case remove
  /// Rotate a provider's token.
  case rotate
  /// Promote a provider's secondary token.
  case promoteSecondary
  /// Create a secondary token for a provider's account.
  case createSecondary
  /// Delete the secondary token of a provider's account.
  case deleteSecondary
  /// See where a provider's rotation stands.
  case explainRotation
}
