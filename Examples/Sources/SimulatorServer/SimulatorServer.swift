import NIOCore
import NIOPosix
import Synchronization
import TokenRotationCore
public import TokenRotationSimulator

/// Serves a `TwilioSimulator` over HTTP on 127.0.0.1, for programs that talk to Twilio through a socket.
///
/// The URL's scheme and authority take the place of Twilio's, on every host of Twilio's that a program calls. Stop it
/// when done; ``withSimulatorServer(_:port:latency:_:)`` does that by itself.
public final class SimulatorServer: Sendable {
  /// The port that it listens on.
  public let port: Int
  /// Such as `http://127.0.0.1:50123`.
  public var url: String { "http://127.0.0.1:\(port)" }

  private let listener: any Channel
  private let group: MultiThreadedEventLoopGroup
  private let connections: Connections

  private init(listener: any Channel, port: Int, group: MultiThreadedEventLoopGroup, connections: Connections) {
    self.listener = listener
    self.port = port
    self.group = group
    self.connections = connections
  }

  /// Listens and serves, from now to ``stop()``.
  ///
  /// - Parameters:
  ///   - simulator: What answers.
  ///   - port: The port; 0 for a free one.
  ///   - latency: How long each answer takes: half of it before the request takes effect, half after, whether or not the
  ///     caller is still there.
  /// - Throws: If the port is taken.
  public static func start(
    _ simulator: TwilioSimulator, port: Int = 0, latency: Duration = .zero
  ) async throws -> SimulatorServer {
    try await start(port: port, latency: latency) { simulator.perform($0) }
  }

  /// Serves what a person at Twilio's Console sees of a simulator's accounts, tokens included, to whoever asks: for
  /// programs that judge others by the truth.
  ///
  /// `GET /accounts/SID` gives an account as JSON, `PUT /accounts/SID` with `{"primary": "…"}` makes one.
  ///
  /// - Throws: If the port is taken.
  public static func startConsole(of simulator: TwilioSimulator, port: Int = 0) async throws -> SimulatorServer {
    try await start(port: port, latency: .zero) { SimulatedConsole.answer($0, from: simulator) }
  }

  private static func start(
    port: Int, latency: Duration, answer: @escaping @Sendable (TransportRequest) -> TransportResponse
  ) async throws -> SimulatorServer {
    // The simulator answers one request at a time, so a second thread would only wait for the first.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let connections = Connections()
    do {
      let listener = try await ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 256)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            connections.add(channel)
            try SimulatorHandler.configure(channel, latency: latency, answer)
          }
        }
        .bind(host: "127.0.0.1", port: port).get()
      return SimulatorServer(
        listener: listener, port: listener.localAddress?.port ?? port, group: group, connections: connections)
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Takes no more connections, closes those there are and returns when all are closed.
  ///
  /// A request that has arrived whole has its answer by then, unless there is a latency.
  public func stop() async {
    try? await listener.close()
    for channel in connections.all { try? await channel.close() }
    try? await group.shutdownGracefully()
  }
}

/// Serves a simulator for as long as `body` runs.
public func withSimulatorServer<Result>(
  _ simulator: TwilioSimulator, port: Int = 0, latency: Duration = .zero,
  _ body: (SimulatorServer) async throws -> Result
) async throws -> Result {
  try await withServer(try await SimulatorServer.start(simulator, port: port, latency: latency), body)
}

/// Serves what a person at Twilio's Console sees for as long as `body` runs.
public func withSimulatedConsole<Result>(
  of simulator: TwilioSimulator, _ body: (SimulatorServer) async throws -> Result
) async throws -> Result {
  try await withServer(try await SimulatorServer.startConsole(of: simulator), body)
}

private func withServer<Result>(
  _ server: SimulatorServer, _ body: (SimulatorServer) async throws -> Result
) async throws -> Result {
  do {
    let result = try await body(server)
    await server.stop()
    return result
  } catch {
    await server.stop()
    throw error
  }
}

/// The connections that are open.
private final class Connections: Sendable {
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

  var all: [any Channel] { channels.withLock { Array($0.values) } }

  func add(_ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    channels.withLock { $0[id] = channel }
    channel.closeFuture.whenComplete { _ in self.channels.withLock { $0[id] = nil } }
  }
}
