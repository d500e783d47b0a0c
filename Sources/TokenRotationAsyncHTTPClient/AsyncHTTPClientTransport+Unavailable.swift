#if !AsyncHTTPClient
/// A transport on async-http-client, which needs the package's trait `AsyncHTTPClient`.
@available(
  *, unavailable,
  message: "Enable the trait AsyncHTTPClient of the package swift-token-rotation: traits: [\"AsyncHTTPClient\"]."
)
public final class AsyncHTTPClientTransport {
  /// There so that whoever calls it is told of the trait.
  public init() {}
}
#endif
