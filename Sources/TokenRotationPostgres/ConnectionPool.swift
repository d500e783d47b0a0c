import Synchronization
import TokenRotationCore

/// A bounded number of connections, made when they are needed.
actor ConnectionPool {
  /// What is handed to one who waited: a connection, or leave to make one.
  private enum Turn: Sendable {
    case use(Connection)
    case open
  }

  nonisolated let settings: Settings
  private let size: Int
  private var idle: [Connection] = []
  /// Those that are there, in use, or being made.
  private var count = 0
  private var waiting: [(number: Int, continuation: CheckedContinuation<Turn, any Error>)] = []
  private var lastNumber = 0
  private let durability = Atomic(false)

  init(_ settings: Settings, size: Int) {
    self.settings = settings
    self.size = size
  }

  /// Whether the server keeps what was committed, as the newest connection found.
  nonisolated var isDurable: Bool { durability.load(ordering: .acquiring) }

  /// Runs `body` with a connection, and once more with a new one if it turns out to have ended before.
  ///
  /// - Parameter repeatsLost: Whether to run it again as well if the connection ends meanwhile: nothing that changes
  ///   anything may be.
  nonisolated func withConnection<Value: Sendable>(
    repeatsLost: Bool, _ body: @Sendable (Connection) async throws -> Value
  ) async throws -> Value {
    do {
      return try await withOneConnection(body)
    } catch let problem as PostgresProblem
      where problem.kind == .lostBeforehand || repeatsLost && problem.kind == .lost && !Task.isCancelled
    {
      // What ended one has as a rule ended all: a server that was restarted.
      await discardIdle()
      return try await withOneConnection(body)
    }
  }

  private nonisolated func withOneConnection<Value: Sendable>(
    _ body: @Sendable (Connection) async throws -> Value
  ) async throws -> Value {
    let connection = try await take()
    do {
      let value = try await body(connection)
      await giveBack(connection)
      return value
    } catch {
      await giveBack(connection)
      throw error
    }
  }

  // MARK: Taking turns

  private func take() async throws -> Connection {
    switch try await turn() {
    case .use(let connection): return connection
    case .open:
      do {
        return try await open()
      } catch {
        freePlace()
        throw error
      }
    }
  }

  private func turn() async throws -> Turn {
    if let connection = idle.popLast() { return .use(connection) }
    if count < size {
      count += 1
      return .open
    }
    lastNumber += 1
    let number = lastNumber
    let overdue = Task { [settings] in
      try await Task.sleep(for: settings.timeouts.waiting, clock: .continuous)
      self.endWaiting(number, PostgresProblem(.exhausted))
    }
    defer { overdue.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
        waiting.append((number, continuation))
      }
    } onCancel: {
      Task { await self.endWaiting(number, CancellationError()) }
    }
  }

  private func endWaiting(_ number: Int, _ error: any Error) {
    guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
    waiting.remove(at: index).continuation.resume(throwing: error)
  }

  /// Makes a connection that can be written through.
  func open() async throws -> Connection {
    let (connection, standing) = try await Connection.open(settings)
    if standing.isReadOnly { throw PostgresProblem(.readOnly) }
    guard standing.encoding == "UTF8" else {
      throw TokenRotationError(
        .configurationInvalid,
        "The database's encoding is not UTF8, in which any text can be kept. Make one with ENCODING 'UTF8'.")
    }
    durability.store(standing.isDurable, ordering: .releasing)
    return connection
  }

  private func giveBack(_ connection: Connection) async {
    guard await connection.isIdle else { return freePlace() }
    if waiting.isEmpty {
      idle.append(connection)
    } else {
      waiting.removeFirst().continuation.resume(returning: .use(connection))
    }
  }

  private func freePlace() {
    if waiting.isEmpty {
      count -= 1
    } else {
      waiting.removeFirst().continuation.resume(returning: .open)
    }
  }

  private func discardIdle() {
    count -= idle.count
    idle = []
    while count < size, !waiting.isEmpty {
      count += 1
      waiting.removeFirst().continuation.resume(returning: .open)
    }
  }
}
