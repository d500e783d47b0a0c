#if !Hummingbird
/// A middleware for Hummingbird, which needs the package's trait `Hummingbird`.
@available(
  *, unavailable,
  message: "Enable the trait Hummingbird of the package swift-token-rotation: traits: [\"Hummingbird\"]."
)
public struct TwilioWebhookMiddleware<Context> {
  /// There so that whoever calls it is told of the trait.
  public init(_ validator: Any) {}
}

/// A middleware for Hummingbird, which needs the package's trait `Hummingbird`.
@available(
  *, unavailable,
  message: "Enable the trait Hummingbird of the package swift-token-rotation: traits: [\"Hummingbird\"]."
)
public struct ProviderEndpointsMiddleware<Endpoints> {
  /// There so that whoever calls it is told of the trait.
  public init(_ endpoints: Endpoints, principal: (Any, Any) async throws -> Any?) {}
}
#endif
