import HTTPTypes
package import TokenRotationCore

/// Where a server stops saying anything, and whether the request can have arrived by then.
package struct HangingStage: CustomStringConvertible, Sendable {
  package let description: String
  package let delivery: TransportError.Delivery
  package let scheme: String
  /// What the server does before it falls silent; nil if the client has gone.
  package let beginning: @Sendable (RawConnection) async throws -> Void?

  package init(
    _ name: String, _ delivery: TransportError.Delivery, scheme: String = "http",
    _ beginning: @escaping @Sendable (RawConnection) async throws -> Void?
  ) {
    description = name
    self.delivery = delivery
    self.scheme = scheme
    self.beginning = beginning
  }

  package init(_ name: String, after answer: String) {
    self.init(name, .maybeSent) { connection in
      guard try await connection.readRequest() != nil else { return nil }
      return try await connection.write(answer)
    }
  }

  package func request(_ authority: String, deadline: Duration = .seconds(60), mayBeSentAgain: Bool) -> TransportRequest
  {
    var request = makeRequest(
      .post, authority, scheme: scheme, deadline: deadline, mayBeSentAgain: mayBeSentAgain)
    // More than the sockets take by themselves, for the server that does not read it.
    request.body = [UInt8](repeating: 1, count: 200_000)
    return request
  }

  package static let all: [HangingStage] = [
    HangingStage("in the TLS handshake", .notSent, scheme: "https") { try await $0.read().isEmpty ? nil : () },
    HangingStage("in the request", .maybeSent) { try await $0.readRequestHead().map { _ in } },
    HangingStage("before the answer", after: ""),
    HangingStage("in the status line", after: "HTTP/1.1 20"),
    HangingStage("after 100", after: "HTTP/1.1 100 Continue\r\n\r\n"),
    HangingStage("in the head", after: "HTTP/1.1 200 OK\r\nContent-"),
    HangingStage("before the body", after: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
    HangingStage("in the body", after: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"),
    HangingStage("in a chunk", after: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    HangingStage("before the last chunk", after: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
  ]

  /// A server at a stage, and whether a client has come that far, and left.
  package func server(reached: Signal, left: Signal = Signal()) throws -> RawServer {
    try RawServer { connection in
      if try await beginning(connection) != nil {
        reached.send()
        await connection.waitForEnd()
        left.send()
      }
    }
  }
}
