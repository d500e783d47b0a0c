import Foundation
import HTTPTypes
package import TokenRotationCore

/// The plainest transport there can be, to hold others against: a connection and a thread for each request, over http
/// to 127.0.0.1 only, and no answer but one with a `Content-Length` or one that ends with its connection.
package struct SocketTransport: HTTPTransport {
  package init() {}

  package func send(_ request: TransportRequest) async throws -> TransportResponse {
    try Task.checkCancellation()
    guard request.head.scheme == "http", let authority = request.head.authority,
      authority.hasPrefix("127.0.0.1:"), let port = Int(authority.dropFirst(10)), let path = request.head.path
    else { throw TransportError(.invalidRequest, delivery: .notSent) }
    let socket: Socket
    do {
      socket = try await BlockingThread.run { try Socket.connected(toPort: port) }
    } catch {
      throw TransportError(.connectionFailed, delivery: .notSent)
    }
    return try await withTaskCancellationHandler {
      do {
        return try await BlockingThread.run { try exchange(request, path, authority, over: socket) }
      } catch let error as TransportError {
        throw error
      } catch {
        try Task.checkCancellation()
        throw TransportError(Self.reason(error), delivery: .maybeSent)
      }
    } onCancel: {
      socket.shutDown()
    }
  }

  private func exchange(
    _ request: TransportRequest, _ path: String, _ authority: String, over socket: Socket
  ) throws -> TransportResponse {
    try socket.limit(to: request.deadline)
    try socket.write(Self.head(of: request, path, authority) + request.body)
    var bytes: [UInt8] = []
    while true {
      let more = try socket.read()
      bytes += more
      if let (head, length) = try MessageHead.parse(bytes) {
        let body = bytes.count - length
        let expected = Self.bodyLength(head, of: request)
        guard min(body, expected ?? body) <= request.responseSizeLimit else {
          throw TransportError(.responseTooLarge, delivery: .maybeSent)
        }
        if let expected, body >= expected {
          return try Self.response(head, Array(bytes[length..<(length + expected)]))
        }
        if expected == nil, more.isEmpty { return try Self.response(head, Array(bytes[length...])) }
      }
      if more.isEmpty { throw MessageError.endedEarly }
    }
  }

  private static func head(of request: TransportRequest, _ path: String, _ authority: String) -> [UInt8] {
    var fields = request.head.headerFields
    for (name, value) in [("Host", authority), ("Connection", "close")] {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    if let credentials = request.credentials {
      let password = credentials.password.withUnsafeBytes { Data($0) }
      fields[.authorization] = "Basic " + (Data("\(credentials.username):".utf8) + password).base64EncodedString()
    }
    return MessageHead.bytes(
      start: "\(request.head.method.rawValue) \(path) HTTP/1.1", fields: fields, contentLength: request.body.count)
  }

  private static func bodyLength(_ head: MessageHead, of request: TransportRequest) -> Int? {
    if request.head.method == .head || ["204", "304"].contains(head.start[1]) { return 0 }
    return head.fields[.contentLength].flatMap(Int.init)
  }

  private static func response(_ head: MessageHead, _ body: [UInt8]) throws -> TransportResponse {
    guard let code = Int(head.start[1]), (200...999).contains(code) else { throw MessageError.malformed }
    let phrase = head.start.count > 2 ? head.start[2] : ""
    return TransportResponse(
      head: HTTPResponse(status: .init(code: code, reasonPhrase: phrase), headerFields: head.fields), body: body)
  }

  private static func reason(_ error: any Error) -> TransportError.Reason {
    switch error {
    case MessageError.malformed: .malformedResponse
    case let failure as Socket.Failure where failure.code == EAGAIN || failure.code == EWOULDBLOCK: .timedOut
    default: .connectionLost
    }
  }
}
