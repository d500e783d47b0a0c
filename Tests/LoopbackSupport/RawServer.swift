import Dispatch

/// A server on a free port of 127.0.0.1 whose every connection follows a script, byte by byte if need be.
///
/// ```swift
/// let server = try RawServer { connection in
///   _ = try await connection.readRequest()
///   try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")
///   connection.reset()
/// }
/// ```
/// A script that returns or throws has its connection closed. The server stops when it is released.
package final class RawServer: Sendable {
  package typealias Script = @Sendable (RawConnection) async throws -> Void

  package let port: Int
  /// The port with its host, as it stands in a request's `authority`.
  package var authority: String { "127.0.0.1:\(port)" }

  private let core: Core

  package init(script: @escaping Script) throws {
    let (listener, port) = try Socket.listening()
    self.port = port
    let core = Core(listener: listener, script: script)
    self.core = core
    BlockingThread.start { core.acceptAll() }
  }

  deinit { _ = core.stop() }

  /// How many connections have been made so far.
  package var acceptedConnections: Int { core.state.withLock(\.accepted) }

  /// Ends all connections, cancels their scripts, and returns when the port is free and no thread accepts any more.
  package func stop() { _ = core.stop() }

  /// Stops, and returns when all scripts have ended and their connections are closed.
  package func end() async {
    for script in core.stop() { await script.value }
  }

  /// Kept apart from the server, so that the accepting thread does not keep the server alive.
  private final class Core: Sendable {
    struct State {
      var accepted = 0
      var isStopped = false
      var open: [Int: (connection: RawConnection, task: Task<Void, Never>)] = [:]
    }

    let state = Lock(State())
    let listener: Socket
    let script: Script
    let acceptEnded = DispatchSemaphore(value: 0)

    init(listener: Socket, script: @escaping Script) {
      self.listener = listener
      self.script = script
    }

    func acceptAll() {
      while let socket = listener.accept() { serve(socket) }
      listener.close()
      acceptEnded.signal()
    }

    private func serve(_ socket: Socket) {
      state.withLock { state in
        guard !state.isStopped else { return socket.close() }
        let connection = RawConnection(socket, number: state.accepted)
        state.accepted += 1
        let task = Task { [script] in
          try? await script(connection)
          connection.close()
          _ = self.state.withLock { $0.open.removeValue(forKey: connection.number) }
        }
        state.open[connection.number] = (connection, task)
      }
    }

    /// Gives the scripts that were still running.
    func stop() -> [Task<Void, Never>] {
      let (wasStopped, open) = state.withLock { state in
        defer {
          state.isStopped = true
          state.open = [:]
        }
        return (state.isStopped, state.open.values)
      }
      guard !wasStopped else { return [] }
      listener.shutDown()
      acceptEnded.wait()
      for (connection, task) in open {
        task.cancel()
        connection.endBothWays()
      }
      return open.map(\.task)
    }
  }
}

/// One connection of a ``RawServer``, for its script.
package final class RawConnection: Sendable {
  /// How many connections came before this one.
  package let number: Int
  private let socket: Socket
  /// What was read beyond what has been asked for.
  private let rest = Lock<[UInt8]>([])

  init(_ socket: Socket, number: Int) {
    self.socket = socket
    self.number = number
  }

  /// The next bytes, whatever their number; none once the client has closed its side.
  package func read() async throws -> [UInt8] {
    let kept = rest.withLock { rest in
      defer { rest = [] }
      return rest
    }
    if !kept.isEmpty { return kept }
    return try await BlockingThread.run { [socket] in try socket.read() }
  }

  /// The next request with its body; nil once the client has closed its side.
  package func readRequest() async throws -> ReceivedMessage? {
    guard let (head, rest) = try await readHead() else { return nil }
    return try await readBody(of: head, begunWith: rest)
  }

  /// The next request without its body, which stays unread.
  package func readRequestHead() async throws -> ReceivedMessage? {
    guard let (head, rest) = try await readHead() else { return nil }
    self.rest.withLock { $0 = rest + $0 }
    return ReceivedMessage(head: head, body: [])
  }

  /// Returns when the client has closed the connection, or it was reset; whatever it still sends is thrown away.
  package func waitForEnd() async {
    while let bytes = try? await read(), !bytes.isEmpty {}
  }

  package func write(_ bytes: [UInt8]) async throws {
    try await BlockingThread.run { [socket] in try socket.write(bytes) }
  }

  package func write(_ text: String) async throws {
    try await write(Array(text.utf8))
  }

  /// Says that nothing more will come, while the client may go on.
  package func endWriting() { socket.endWriting() }

  /// Ends both directions, although somebody may be waiting in one.
  package func endBothWays() { socket.shutDown() }

  /// Ends the connection in good order.
  package func close() { socket.close() }

  /// Ends the connection with a reset.
  package func reset() {
    socket.resetWhenClosed()
    socket.close()
  }

  private func readHead() async throws -> (head: MessageHead, rest: [UInt8])? {
    var bytes: [UInt8] = []
    while true {
      if let (head, length) = try MessageHead.parse(bytes) { return (head, Array(bytes[length...])) }
      let more = try await read()
      if more.isEmpty { return nil }
      bytes += more
    }
  }

  private func readBody(of head: MessageHead, begunWith begin: [UInt8]) async throws -> ReceivedMessage {
    var body = begin
    while body.count < head.contentLength {
      let more = try await read()
      if more.isEmpty { throw MessageError.endedEarly }
      body += more
    }
    let surplus = body[head.contentLength...]
    rest.withLock { $0 = surplus + $0 }
    return ReceivedMessage(head: head, body: Array(body[..<head.contentLength]))
  }
}
