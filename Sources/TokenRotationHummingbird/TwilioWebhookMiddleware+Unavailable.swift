#if !Hummingbird
/// A middleware for Hummingbird, which needs the package's trait `Hummingbird`.
@available(*, unavailable, message: "Enable the trait Hummingbird of the package swift-token-rotation.")
public struct TwilioWebhookMiddleware<Context> {}
#endif
