/// Joins its own port of 127.0.0.1 with another one, as a network does that can be made to fail.
package final class Forwarder: Sendable {
  /// What becomes of bytes.
  package enum Mode: Sendable {
    /// They arrive.
    case forwarding
    /// They do not arrive, and nobody is told.
    case stalled
    /// The first ones that come back end their connection instead, from both sides.
    case cuttingAnswers
  }

  private let mode: Lock<Mode>
  private let server: RawServer

  package init(toPort port: Int) throws {
    let mode = Lock(Mode.forwarding)
    self.mode = mode
    server = try RawServer { connection in
      let target = try Socket.connected(toPort: port)
      defer { target.close() }
      async let backwards: Void = {
        while let bytes = try? await BlockingThread.run({ try target.read() }), !bytes.isEmpty {
          switch mode.withLock({ $0 }) {
          case .forwarding: try await connection.write(bytes)
          case .stalled: break
          case .cuttingAnswers:
            target.shutDown()
            return connection.endBothWays()
          }
        }
        // Who is stalled does not hear of an end either.
        if mode.withLock({ $0 }) == .forwarding { connection.endBothWays() }
      }()
      while let bytes = try? await connection.read(), !bytes.isEmpty {
        if mode.withLock({ $0 }) == .stalled { continue }
        try await BlockingThread.run { try target.write(bytes) }
      }
      target.shutDown()
      try await backwards
    }
  }

  package var port: Int { server.port }

  /// From now on, for the connections there are and those that come.
  package func set(_ mode: Mode) { self.mode.withLock { $0 = mode } }
}
