import HTTPTypes
import NIOCore
import NIOHTTP1
import TokenRotationCore
import TokenRotationSimulator

/// Turns what NIO read into a request of the simulator's, and its answer into what NIO writes.
final class SimulatorHandler: ChannelInboundHandler {
  typealias InboundIn = NIOHTTPServerRequestFull
  typealias OutboundOut = HTTPServerResponsePart

  /// More than any request to Twilio needs.
  private static let largestBody = 65_536
  /// After which a connection that nobody uses is closed.
  private static let idleTime = TimeAmount.seconds(60)

  private let simulator: TwilioSimulator

  private init(_ simulator: TwilioSimulator) { self.simulator = simulator }

  static func configure(_ channel: any Channel, _ simulator: TwilioSimulator) throws {
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(IdleStateHandler(allTimeout: idleTime))
    try pipeline.configureHTTPServerPipeline()
    try pipeline.addHandler(NIOHTTPServerRequestAggregator(maxContentLength: largestBody))
    try pipeline.addHandler(SimulatorHandler(simulator))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let received = unwrapInboundIn(data)
    let response = simulator.perform(Self.request(received))

    var headers = HTTPHeaders(response.head.headerFields.map { ($0.name.rawName, $0.value) })
    if response.head.status.code != 204 { headers.add(name: "Content-Length", value: String(response.body.count)) }
    if !received.head.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let head = HTTPResponseHead(
      version: .http1_1, status: .init(statusCode: response.head.status.code), headers: headers)

    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if !response.body.isEmpty, received.head.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
    }
    let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !received.head.isKeepAlive {
      let channel = context.channel
      sent.whenComplete { _ in channel.close(promise: nil) }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What can be answered has been, by the handlers before this one.
    context.close(promise: nil)
  }

  private static func request(_ received: NIOHTTPServerRequestFull) -> TransportRequest {
    let head = received.head
    var fields = HTTPFields()
    for (name, value) in head.headers where name.lowercased() != "authorization" {
      if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
    }
    return TransportRequest(
      head: HTTPRequest(
        method: HTTPRequest.Method(head.method.rawValue) ?? .get, scheme: "http",
        authority: head.headers.first(name: "host") ?? "127.0.0.1", path: head.uri, headerFields: fields),
      body: received.body.map { Array($0.readableBytesView) } ?? [],
      credentials: head.headers.first(name: "authorization").flatMap(BasicCredentials.init(authorization:)),
      deadline: .seconds(30),
      mayBeSentAgain: false)
  }
}
