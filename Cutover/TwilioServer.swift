import Foundation
import HTTPTypes
import LoopbackSupport
import TokenRotation

/// Twilio on loopback, for processes of their own: a thread for each connection, as they are few and never idle.
final class TwilioServer: Sendable {
  let url: String
  private let listener: Socket

  init(_ twilio: RotatingTwilio) throws {
    let (listener, port) = try Socket.listening()
    self.listener = listener
    url = "http://127.0.0.1:\(port)"
    BlockingThread.start {
      while let socket = listener.accept() {
        BlockingThread.start {
          try? Self.serve(socket, twilio)
          socket.close()
        }
      }
    }
  }

  deinit { listener.shutDown() }

  private static func serve(_ socket: Socket, _ twilio: RotatingTwilio) throws {
    var bytes: [UInt8] = []
    while true {
      guard let (head, length) = try MessageHead.parse(bytes) else {
        let more = try socket.read()
        guard !more.isEmpty else { return }
        bytes += more
        continue
      }
      // No request that is made here has a body.
      bytes.removeFirst(length)
      let response = twilio.perform(try request(head))
      let hasBody = response.head.status.code != 204
      let start = "HTTP/1.1 \(response.head.status.code) \(response.head.status.reasonPhrase)"
      try socket.write(
        MessageHead.bytes(
          start: start, fields: response.head.headerFields, contentLength: hasBody ? response.body.count : nil)
          + response.body)
    }
  }

  private static func request(_ head: MessageHead) throws -> TransportRequest {
    var fields = head.fields
    let credentials = fields[.authorization].flatMap { Data(base64Encoded: String($0.dropFirst("Basic ".count))) }
    fields[.authorization] = nil
    let host = HTTPField.Name("Host").flatMap { fields[$0] }
    return TransportRequest(
      head: HTTPRequest(
        method: HTTPRequest.Method(head.start[0]) ?? .get, scheme: "http", authority: host, path: head.start[1],
        headerFields: fields),
      credentials: try credentials.flatMap { data in
        guard let colon = data.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        return BasicCredentials(
          username: String(decoding: data[..<colon], as: UTF8.self),
          password: try AuthToken(issued: data[data.index(after: colon)...]))
      }, deadline: .seconds(30), mayBeSentAgain: false)
  }
}
