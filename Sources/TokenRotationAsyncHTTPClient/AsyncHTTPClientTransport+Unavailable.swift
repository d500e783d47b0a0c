#if !AsyncHTTPClient
/// A transport on async-http-client, which needs the package's trait `AsyncHTTPClient`.
@available(*, unavailable, message: "Enable the trait AsyncHTTPClient of the package swift-token-rotation.")
public final class AsyncHTTPClientTransport {}
#endif
