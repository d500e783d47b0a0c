#if AsyncHTTPClient
public import AsyncHTTPClient
import HTTPTypes
public import NIOCore
import NIOHTTPCompression
public import TokenRotationCore

/// Sends requests with async-http-client: for hosts that run on NIO anyway and want no second HTTP library at work.
///
/// It keeps two clients of its own, which share the host's event loops: one for requests that may be sent again, whose
/// connections are kept and may speak HTTP/2, and one for the others, each of which takes a connection that is closed
/// behind it. Neither repeats anything: where a kept connection dies under a request, that request fails with
/// `connectionLost`, and whoever may repeat it does (`TokenRotationConfiguration.retryPolicy`).
///
/// Redirects are not followed. What is known of a failure is exact: `notSent` is said if the request's head was not
/// written, whatever ended it.
///
/// Nobody has to shut it down: when the last reference goes, its clients end.
/// ```
/// import TokenRotationAsyncHTTPClient
///
/// let providers = try TwilioProviders(store: store, keyring: keyring, transport: AsyncHTTPClientTransport())
/// ```
public final class AsyncHTTPClientTransport: HTTPTransport {
  /// Takes what may be sent again.
  private let sharing: HTTPClient
  /// Takes what may not.
  private let separate: HTTPClient
  /// Where everything happens, so that what is reported and what ends a request come one after the other.
  private let eventLoop: any EventLoop
  private let usesProxy: Bool

  /// Makes a transport.
  ///
  /// - Parameters:
  ///   - eventLoopGroup: The host's; one of its loops is used.
  ///   - configuration: For TLS, proxy, name look-up and the connect timeout. Redirects, decompression, and how often
  ///     something is tried are the transport's affair: what is set there does not count.
  public init(
    eventLoopGroup: any EventLoopGroup = HTTPClient.defaultEventLoopGroup,
    configuration: HTTPClient.Configuration = .init()
  ) {
    var configuration = configuration
    configuration.redirectConfiguration = .disallow
    // The request's own limit counts, on what comes out; there is none that suits all requests.
    configuration.decompression = .enabled(limit: .none)
    // The first failure says why, and is not waited upon until it turns into a timeout.
    configuration.connectionPool.retryConnectionEstablishment = false
    usesProxy = configuration.proxy != nil
    eventLoop = eventLoopGroup.any()
    sharing = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
    configuration.httpVersion = .http1Only
    separate = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
  }

  deinit {
    // Not waited for. A client that has been shut down says so, which is of no interest here.
    sharing.shutdown { _ in }
    separate.shutdown { _ in }
  }

  /// Ends the transport: transfers that still run fail, later ones are refused with the reason `unavailable`.
  ///
  /// Not needed, but it says when: after it, the connections are gone. It may be called more than once.
  public func shutdown() async {
    try? await sharing.shutdown()
    try? await separate.shutdown()
  }

  /// Sends a request and waits for the whole answer.
  ///
  /// - Throws: `TransportError`, `CancellationError` if the task was cancelled.
  public func send(_ request: TransportRequest) async throws -> TransportResponse {
    try Task.checkCancellation()
    let outgoing = try OutgoingRequest(request, usesProxy: usesProxy)
    guard request.deadline > .zero else {
      throw TransportError(.timedOut, delivery: .notSent, detail: "The deadline has passed")
    }
    // A year stands for ever, and can be added to the time without overflow.
    let deadline = NIODeadline.now() + TimeAmount(min(request.deadline, .seconds(31_536_000)))
    let client = request.mayBeSentAgain ? sharing : separate
    let collector = ResponseCollector(sizeLimit: request.responseSizeLimit)
    let task = client.execute(
      request: outgoing.request, delegate: collector, eventLoop: .delegateAndChannel(on: eventLoop),
      deadline: deadline)
    do {
      return try await withTaskCancellationHandler {
        try await task.get()
      } onCancel: {
        task.cancel()
      }
    } catch let error as TransportError {
      throw error
    } catch {
      if Task.isCancelled { throw CancellationError() }
      throw TransportError(error, isSecure: outgoing.isSecure, headWasWritten: collector.headWasWritten)
    }
  }
}
#endif
