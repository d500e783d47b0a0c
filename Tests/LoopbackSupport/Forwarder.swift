/// Joins its own port of 127.0.0.1 with another one, as a network does that can be made to fail.
package final class Forwarder: Sendable {
  /// What becomes of bytes.
  package enum Mode: Sendable {
    /// They arrive.
    case forwarding
    /// They are held back, and nobody is told, until they are forwarded again.
    case stalled
    /// The first ones that come back end their connection instead, on both sides.
    case cuttingAnswers
  }

  private let state = Lock((mode: Mode.forwarding, changed: Signal()))
  private let server: RawServer

  package init(toPort port: Int) throws {
    let state = state
    /// The mode, as soon as it is another one than stalled.
    @Sendable func mode() async -> Mode {
      while !Task.isCancelled {
        let (mode, changed) = state.withLock { $0 }
        if mode != .stalled { return mode }
        await changed.wait()
      }
      return .cuttingAnswers
    }
    server = try RawServer { connection in
      let target = try Socket.connected(toPort: port)
      defer { target.close() }
      async let backwards: Void = {
        while let bytes = try? await BlockingThread.run({ try target.read() }) {
          guard await mode() == .forwarding, !bytes.isEmpty else { break }
          try await connection.write(bytes)
        }
        target.shutDown()
        connection.endBothWays()
      }()
      while let bytes = try? await connection.read() {
        _ = await mode()
        if bytes.isEmpty { break }
        try await BlockingThread.run { try target.write(bytes) }
      }
      target.endWriting()
      try await backwards
    }
  }

  package var port: Int { server.port }

  /// From now on, for the connections there are and those that come.
  package func set(_ mode: Mode) {
    state.withLock { state in
      defer { state = (mode, Signal()) }
      return state.changed
    }.send()
  }
}
