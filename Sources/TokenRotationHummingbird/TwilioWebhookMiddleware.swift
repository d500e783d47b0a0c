#if Hummingbird
public import Hummingbird
import HTTPTypes
import NIOCore
public import TokenRotation

/// Lets only those requests through that Twilio signed: for the routes of a host's webhooks.
///
/// The body is read, up to the validator's limit, and handed on to the handler as it was. What is refused is answered with
/// 403, a body over the limit with 413, and 503 says that no verdict could be reached; each is a problem document (RFC
/// 9457) that does not tell the reason, for it would tell strangers which accounts are registered. The reason is in the
/// log, in the metrics, and given to `onRefusal`.
///
/// A handler finds out whose webhook it is if its context adopts ``WebhookRequestContext``. The peer's address, which
/// ``WebhookAddress/forwarded(_:from:)`` needs, is known if it adopts Hummingbird's `RemoteAddressRequestContext`.
/// ```
/// import Hummingbird
/// import TokenRotationHummingbird
///
/// let validator = WebhookSignatureValidator(
///   providers: providers, address: try .base("https://voice.example.com"))
/// let router = Router()
/// router.group("webhooks")
///   .add(middleware: TwilioWebhookMiddleware(validator))
///   .post("voice") { request, context in "<Response/>" }
/// ```
public struct TwilioWebhookMiddleware<Context: RequestContext>: RouterMiddleware {
  /// Says whose webhook a request has to be; nil to go by the account that it names.
  public typealias ProviderLookup = @Sendable (Request, Context) async throws -> ProviderID?

  /// Is told what was refused, and why.
  public typealias RefusalObserver = @Sendable (WebhookRefusal, Request) -> Void

  private let validator: WebhookSignatureValidator
  private let provider: ProviderLookup
  private let onRefusal: RefusalObserver

  /// Makes a middleware.
  ///
  /// - Parameters:
  ///   - validator: Decides.
  ///   - onRefusal: Is told why a request was refused; not for the sender.
  ///   - provider: Says whose webhook a request has to be, by its path for example. By default the account counts that the
  ///     webhook names.
  public init(
    _ validator: WebhookSignatureValidator, onRefusal: @escaping RefusalObserver = { _, _ in },
    provider: @escaping ProviderLookup = { _, _ in nil }
  ) {
    self.validator = validator
    self.onRefusal = onRefusal
    self.provider = provider
  }

  /// Passes a request on if Twilio signed it.
  public func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var request = request
    let verdict: WebhookVerdict
    do {
      let body = try await request.collectBody(upTo: validator.limits.bodySize)
      let webhook = WebhookRequest(
        head: request.head, body: Array(body.readableBytesView),
        peerAddress: (context as? any RemoteAddressRequestContext)?.remoteAddress?.ipAddress)
      verdict = try await validator.validate(webhook, of: provider(request, context))
    } catch is NIOTooManyBytesError {
      onRefusal(
        WebhookRefusal(.bodyTooLarge, "The body has more than \(validator.limits.bodySize) bytes, which is the limit."),
        request)
      return Self.problem(.contentTooLarge, "The body is larger than webhooks may be.")
    } catch is TokenRotationError {
      return Self.problem(.serviceUnavailable, "It cannot be found out now whether Twilio signed the request.")
    }
    switch verdict {
    case .accepted(let webhook):
      return try await next(request, Self.context(context, with: webhook))
    case .refused(let refusal):
      onRefusal(refusal, request)
      return Self.problem(.forbidden, "The request is not known to be signed by Twilio.")
    }
  }

  private static func context(_ context: Context, with webhook: AcceptedWebhook) -> Context {
    guard var telling = context as? any WebhookRequestContext else { return context }
    telling.webhook = webhook
    return telling as? Context ?? context
  }

  private static func problem(_ status: HTTPResponse.Status, _ detail: String) -> Response {
    let text =
      #"{"type":"about:blank","title":"\#(status.reasonPhrase)","status":\#(status.code),"detail":"\#(detail)"}"#
    return Response(
      status: status, headers: [.contentType: "application/problem+json"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }
}

/// A request's context that has a place for whose webhook the request is.
public protocol WebhookRequestContext: RequestContext {
  /// Set before the handler is called; nil where no ``TwilioWebhookMiddleware`` was passed.
  var webhook: AcceptedWebhook? { get set }
}
#endif
