import HTTPTypes
import NIOCore
import NIOHTTP1
import TokenRotationCore

/// Turns what NIO read into a request of the simulator's, and the answer into what NIO writes.
final class SimulatorHandler: ChannelInboundHandler {
  typealias InboundIn = NIOHTTPServerRequestFull
  typealias OutboundOut = HTTPServerResponsePart

  /// More than any request to Twilio needs.
  private static let largestBody = 65_536
  /// After which a connection that nobody uses is closed.
  private static let idleTime = TimeAmount.seconds(60)

  private let halfLatency: TimeAmount
  private let answer: @Sendable (TransportRequest) -> TransportResponse

  private init(halfLatency: TimeAmount, _ answer: @escaping @Sendable (TransportRequest) -> TransportResponse) {
    self.halfLatency = halfLatency
    self.answer = answer
  }

  static func configure(
    _ channel: any Channel, latency: Duration, _ answer: @escaping @Sendable (TransportRequest) -> TransportResponse
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(IdleStateHandler(allTimeout: idleTime))
    try pipeline.configureHTTPServerPipeline()
    try pipeline.addHandler(NIOHTTPServerRequestAggregator(maxContentLength: largestBody))
    try pipeline.addHandler(SimulatorHandler(halfLatency: TimeAmount(latency / 2), answer))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let received = unwrapInboundIn(data)
    guard halfLatency > .zero else { return write(answer(Self.request(received)), to: received.head, context) }
    // As in a network: what has been sent takes effect, whatever becomes of the connection.
    let loop = context.eventLoop.assumeIsolated()
    loop.scheduleTask(in: halfLatency) {
      let response = self.answer(Self.request(received))
      loop.scheduleTask(in: self.halfLatency) { self.write(response, to: received.head, context) }
    }
  }

  private func write(_ response: TransportResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders(response.head.headerFields.map { ($0.name.rawName, $0.value) })
    if response.head.status.code != 204 { headers.add(name: "Content-Length", value: String(response.body.count)) }
    if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let responseHead = HTTPResponseHead(
      version: .http1_1, status: .init(statusCode: response.head.status.code), headers: headers)

    context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
    if !response.body.isEmpty, head.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
    }
    let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !head.isKeepAlive {
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
