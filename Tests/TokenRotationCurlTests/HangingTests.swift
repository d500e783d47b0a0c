import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// A server that stops saying anything, at each stage: the request ends by its deadline or by its task, and says whether
/// it can have arrived.
@Suite(.timeLimit(.minutes(1))) struct HangingTests {
  struct Stage: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let delivery: TransportError.Delivery
    let scheme: String
    /// What the server does before it falls silent; nil if the client has gone.
    let beginning: @Sendable (RawConnection) async throws -> Void?

    init(
      _ name: String, _ delivery: TransportError.Delivery, scheme: String = "http",
      _ beginning: @escaping @Sendable (RawConnection) async throws -> Void?
    ) {
      testDescription = name
      self.delivery = delivery
      self.scheme = scheme
      self.beginning = beginning
    }

    init(_ name: String, after answer: String) {
      self.init(name, .maybeSent) { connection in
        guard try await connection.readRequest() != nil else { return nil }
        return try await connection.write(answer)
      }
    }

    func request(_ authority: String, deadline: Duration = .seconds(60), mayBeSentAgain: Bool) -> TransportRequest {
      var request = makeRequest(
        .post, authority, scheme: scheme, deadline: deadline, mayBeSentAgain: mayBeSentAgain)
      // More than the sockets take by themselves, for the server that does not read it.
      request.body = [UInt8](repeating: 1, count: 200_000)
      return request
    }
  }

  static let stages = [
    Stage("in the TLS handshake", .notSent, scheme: "https") { try await $0.read().isEmpty ? nil : () },
    Stage("in the request", .maybeSent) { try await $0.readRequestHead().map { _ in } },
    Stage("before the answer", after: ""),
    Stage("in the status line", after: "HTTP/1.1 20"),
    Stage("after 100", after: "HTTP/1.1 100 Continue\r\n\r\n"),
    Stage("in the head", after: "HTTP/1.1 200 OK\r\nContent-"),
    Stage("before the body", after: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
    Stage("in the body", after: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"),
    Stage("in a chunk", after: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    Stage("before the last chunk", after: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
  ]

  /// A server at a stage, and whether a client has come that far, and left.
  private static func server(_ stage: Stage, reached: Signal, left: Signal = Signal()) throws -> RawServer {
    try RawServer { connection in
      if try await stage.beginning(connection) != nil {
        reached.send()
        await connection.waitForEnd()
        left.send()
      }
    }
  }

  /// On a busy machine a short deadline may pass before the stage, so it grows until it does not.
  @Test(arguments: stages, [true, false]) func theDeadlineEndsIt(_ stage: Stage, mayBeSentAgain: Bool) async throws {
    var deadline = Duration.milliseconds(150)
    let transport = try makeTransport()
    while !Task.isCancelled {
      let reached = Signal()
      let server = try Self.server(stage, reached: reached)
      let request = stage.request(server.authority, deadline: deadline, mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      if reached.isSent { return #expect(outcome == .failure(.timedOut, stage.delivery)) }
      deadline *= 2
    }
  }

  @Test(arguments: stages, [true, false]) func cancellingEndsIt(_ stage: Stage, mayBeSentAgain: Bool) async throws {
    let reached = Signal()
    let left = Signal()
    let server = try Self.server(stage, reached: reached, left: left)
    let transport = try makeTransport()
    let task = Task {
      await Outcome.of(stage.request(server.authority, mayBeSentAgain: mayBeSentAgain), over: transport)
    }
    await reached.wait()
    task.cancel()
    #expect(await task.value == .cancelled)
    await left.wait()
  }

  /// Never accepted: the system takes one or two connections by itself, and leaves all others without an answer.
  @Test(arguments: [true, false]) func nobodyAccepts(mayBeSentAgain: Bool) async throws {
    let (listener, port) = try Socket.listening(backlog: 0)
    let first = try Socket.connected(toPort: port)
    defer {
      first.close()
      listener.close()
    }
    let request = makeRequest(.post, "127.0.0.1:\(port)", deadline: .milliseconds(200), mayBeSentAgain: mayBeSentAgain)
    let timedOut = Outcome.failure(.timedOut, .notSent)
    #expect(await Outcome.of(request, over: try makeTransport()) == timedOut)
    let impatient = try makeTransport { $0.connectTimeout = .milliseconds(200) }
    let patient = makeRequest(.post, "127.0.0.1:\(port)", mayBeSentAgain: mayBeSentAgain)
    #expect(await Outcome.of(patient, over: impatient) == timedOut)
  }

  /// The server never says its part of the TLS handshake, so the connection never comes up.
  @Test func theConnectTimeoutCoversTLS() async throws {
    let server = try RawServer { await $0.waitForEnd() }
    let transport = try makeTransport { $0.connectTimeout = .milliseconds(100) }
    let request = makeRequest(.post, server.authority, scheme: "https")
    #expect(await Outcome.of(request, over: transport) == .failure(.timedOut, .notSent))
  }
}
