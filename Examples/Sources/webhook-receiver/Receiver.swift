import ExampleSupport
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import TokenRotation
import TokenRotationHummingbird

/// The host: a route for webhooks, behind the middleware.
struct Receiver {
  private let validator: WebhookSignatureValidator

  init(providers: TwilioProviders, address: WebhookAddress) {
    validator = WebhookSignatureValidator(providers: providers, address: address)
  }

  /// Makes the server.
  ///
  /// - Parameter onRunning: Is told the port.
  func server(port: Int, onRunning: @escaping @Sendable (Int) -> Void) -> some ApplicationProtocol {
    let router = Router(context: Context.self)
    router.group()
      .add(middleware: TwilioWebhookMiddleware<Context>(validator, onRefusal: Self.tell))
      .on("voice", method: .post, use: Self.answer)
      .on("voice", method: .get, use: Self.answer)
    var quiet = Logger(label: "webhook-receiver")
    quiet.logLevel = .error
    return Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
      onServerRunning: { channel in onRunning(channel.localAddress?.port ?? port) }, logger: quiet)
  }

  @Sendable private static func answer(_ request: Request, _ context: Context) async throws -> Response {
    if let webhook = context.webhook {
      let token = "signed with the \(webhook.token.rawValue) token"
      Terminal.print("accepted  \(request.method) \(path(request))  provider \(webhook.providerID), \(token)")
    }
    return Response(
      status: .ok, headers: [.contentType: "application/xml"],
      body: .init(byteBuffer: ByteBuffer(string: "<Response/>")))
  }

  /// What the log of a host would say; the sender is told nothing but 403.
  @Sendable private static func tell(_ refusal: WebhookRefusal, _ request: Request) {
    Terminal.print("refused   \(request.method) \(path(request))  \(refusal)")
  }

  /// Without the query, which is whatever somebody sent.
  private static func path(_ request: Request) -> String { request.uri.path }

  struct Context: WebhookRequestContext, RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    var webhook: AcceptedWebhook?
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
      coreContext = .init(source: source)
      remoteAddress = source.channel.remoteAddress
    }
  }
}
