#if AsyncHTTPClient
import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization
import TokenRotationCore

/// Puts an answer together from its parts, and notes when the request began to leave.
///
/// Everything is called on the one event loop on which the connection lives: a head that has not been reported as written
/// when the request ends was not written.
final class ResponseCollector: HTTPClientResponseDelegate {
  private struct State {
    var headWasWritten = false
    var head: HTTPResponse?
    var body: [UInt8] = []
  }

  private let state = Mutex(State())
  private let sizeLimit: Int

  init(sizeLimit: Int) { self.sizeLimit = sizeLimit }

  /// Whether the request's head went to the connection.
  var headWasWritten: Bool { state.withLock(\.headWasWritten) }

  func didSendRequestHead(task: HTTPClient.Task<TransportResponse>, _ head: HTTPRequestHead) {
    state.withLock { $0.headWasWritten = true }
  }

  func didReceiveHead(
    task: HTTPClient.Task<TransportResponse>, _ head: HTTPResponseHead
  ) -> EventLoopFuture<Void> {
    guard head.status.code != 101 else {
      return task.eventLoop.makeFailedFuture(
        TransportError(.malformedResponse, delivery: .maybeSent, detail: "Another protocol that nobody asked for"))
    }
    guard head.headers[canonicalForm: "content-encoding"].allSatisfy({ Self.codings.contains($0.lowercased()) }) else {
      return task.eventLoop.makeFailedFuture(
        TransportError(.malformedResponse, delivery: .maybeSent, detail: "A content coding that nobody asked for"))
    }
    var response = HTTPResponse(
      status: .init(code: Int(head.status.code), reasonPhrase: head.status.reasonPhrase))
    // A field whose name is none is left out: an answer that was worth a token is not thrown away for its looks.
    for (name, value) in head.headers {
      guard let name = HTTPField.Name(name) else { continue }
      response.headerFields.append(HTTPField(name: name, lenientValue: value.utf8))
    }
    state.withLock { $0.head = response }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  private static let codings: Set = ["gzip", "deflate", "identity"]

  func didReceiveBodyPart(
    task: HTTPClient.Task<TransportResponse>, _ buffer: ByteBuffer
  ) -> EventLoopFuture<Void> {
    let fits = state.withLock { state in
      guard state.body.count + buffer.readableBytes <= sizeLimit else { return false }
      state.body += buffer.readableBytesView
      return true
    }
    guard fits else {
      return task.eventLoop.makeFailedFuture(
        TransportError(.responseTooLarge, delivery: .maybeSent, detail: "More than \(sizeLimit) bytes"))
    }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didFinishRequest(task: HTTPClient.Task<TransportResponse>) throws -> TransportResponse {
    try state.withLock { state in
      guard let head = state.head else { throw TransportError(.malformedResponse, delivery: .maybeSent) }
      return TransportResponse(head: head, body: state.body)
    }
  }
}
#endif
