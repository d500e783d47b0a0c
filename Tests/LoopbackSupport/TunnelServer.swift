import HTTPTypes

/// A proxy that joins every CONNECT with one port of 127.0.0.1, whatever it asks for, and keeps what clients say.
package final class TunnelServer: Sendable {
  private struct State {
    var requests: [ReceivedMessage] = []
    var bytes: [UInt8] = []
  }

  private let state: Lock<State>
  private let server: RawServer

  package init(toPort port: Int) throws {
    let state = Lock(State())
    self.state = state
    server = try RawServer { connection in
      guard let request = try await connection.readRequestHead() else { return }
      state.withLock { $0.requests.append(request) }
      let target = try Socket.connected(toPort: port)
      defer { target.close() }
      try await connection.write("HTTP/1.1 200 Connection established\r\n\r\n")
      async let backwards: Void = {
        while let bytes = try? await BlockingThread.run({ try target.read() }), !bytes.isEmpty {
          try await connection.write(bytes)
        }
        connection.endWriting()
      }()
      while let bytes = try? await connection.read(), !bytes.isEmpty {
        state.withLock { $0.bytes += bytes }
        try await BlockingThread.run { try target.write(bytes) }
      }
      target.shutDown()
      try await backwards
    }
  }

  package var authority: String { server.authority }

  /// What came before a tunnel was there.
  package var requests: [ReceivedMessage] { state.withLock(\.requests) }

  /// Everything that clients have sent through tunnels.
  package var bytes: [UInt8] { state.withLock(\.bytes) }
}
