public import TokenRotationCore

extension PostgresProviderStore: ChangeNotifyingStore {
  /// The records that change from now on, whichever process changes them.
  ///
  /// They are told by the server, over a connection of their own, when they are committed. When that connection was lost,
  /// ``ProviderChange/anything`` is told as soon as there is another one.
  public func changes() async throws -> AsyncStream<ProviderChange> {
    try await PostgresFailure.explaining(whenWriting: false) { try await listener.listen() }
  }
}

/// Listens to what the server tells, as long as anyone listens to this.
actor ChangeListener {
  /// How long the connection may be silent before it is asked whether it is there.
  private static let silence = Duration.seconds(10)
  private static let pauses = [Duration.milliseconds(50), .milliseconds(250), .seconds(1), .seconds(5)]

  private let pool: ConnectionPool
  private let channel: String
  private let broadcast = ChangeBroadcast()
  private var connection: Connection?
  private var starting: Task<Void, any Error>?
  private var listening: Task<Void, Never>?

  init(_ pool: ConnectionPool, channel: String) {
    self.pool = pool
    self.channel = channel
  }

  deinit { connection?.interrupter.disconnect() }

  /// Returns when the server is telling, so that nothing after that is missed.
  func listen() async throws -> AsyncStream<ProviderChange> {
    let stream = broadcast.listen()
    if listening != nil { return stream }
    let starting = starting ?? Task { try await start() }
    self.starting = starting
    defer { self.starting = nil }
    try await starting.value
    return stream
  }

  func stop() {
    listening?.cancel()
    connection?.interrupter.disconnect()
  }

  private func start() async throws {
    let first = try await connect()
    listening = Task { [weak self, broadcast] in
      var connection = first
      while !Task.isCancelled {
        do {
          let ids = try await connection.notifications(within: Self.silence)
          for id in ids { broadcast.tell((try? ProviderID(id)).map { .record($0) } ?? .anything) }
          if ids.isEmpty {
            guard let self, await !self.endIfUnheard() else { return }
            _ = try await connection.runAtOnce("SELECT 1")
          }
        } catch {
          guard let another = await Self.reconnect(self) else { return }
          connection = another
          // Whatever was committed meanwhile was told to nobody.
          broadcast.tell(.anything)
        }
      }
    }
  }

  /// Tries until it is there, or nobody needs it any more.
  private static func reconnect(_ listener: @autoclosure () -> ChangeListener?) async -> Connection? {
    var failures = 0
    while !Task.isCancelled, let listener = listener() {
      if let connection = try? await listener.connect() { return connection }
      if await listener.endIfUnheard() { return nil }
      try? await Task.sleep(for: pauses[min(failures, pauses.count - 1)], clock: .continuous)
      failures += 1
    }
    return nil
  }

  private func connect() async throws -> Connection {
    let connection = try await pool.open()
    _ = try await connection.runAtOnce("LISTEN \(Statements.identifier(channel))")
    self.connection = connection
    return connection
  }

  private func endIfUnheard() -> Bool {
    if broadcast.hasListeners { return false }
    listening = nil
    connection = nil
    return true
  }
}
