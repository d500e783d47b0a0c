import Dispatch

/// A connection to the server, on a thread that it may block.
actor Connection {
  private let executor: BlockingExecutor
  private let session: LibPQSession
  private let timeouts: Timeouts
  /// Ends what the connection is at, from outside.
  nonisolated let interrupter: LibPQInterrupter

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  private init(_ session: LibPQSession, on executor: BlockingExecutor, _ timeouts: Timeouts) {
    self.session = session
    self.executor = executor
    self.timeouts = timeouts
    interrupter = session.interrupter()
  }

  /// Connects, and says how the server treats what is written.
  static func open(_ settings: Settings) async throws -> (connection: Connection, standing: ServerStanding) {
    let opening = Opening(BlockingExecutor())
    return try await opening.open(settings)
  }

  /// Connects on the thread that the connection is going to have.
  private actor Opening {
    private let executor: BlockingExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(_ executor: BlockingExecutor) { self.executor = executor }

    func open(_ settings: Settings) throws -> sending (Connection, ServerStanding) {
      let session = try LibPQSession(settings.forLibPQ, timeout: settings.timeouts.connecting)
      let rows = try session.runAtOnce(settings.preparation, until: .now + settings.timeouts.answer)
      let standing = ServerStanding(rows, encoding: session.parameter("server_encoding"))
      return (Connection(session, on: executor, settings.timeouts), standing)
    }
  }

  /// Whether the connection can be used by somebody else.
  var isIdle: Bool { session.isIdle }

  /// Runs one statement.
  func run(_ sql: String, _ parameters: [String?]) throws(PostgresProblem) -> PostgresRows {
    try session.run(sql, parameters, until: .now + timeouts.answer)
  }

  /// Runs statements without parameters.
  func runAtOnce(_ sql: String) throws(PostgresProblem) -> PostgresRows {
    try session.runAtOnce(sql, until: .now + timeouts.answer)
  }

  /// The notifications that come within `duration`, as soon as there is one.
  func notifications(within duration: Duration) throws(PostgresProblem) -> [String] {
    try session.notifications(until: .now + duration)
  }
}

/// Runs an actor on a thread of its own while there is something to do, so that it may block.
final class BlockingExecutor: SerialExecutor {
  // A queue of its own takes a thread beside those that Swift's tasks share.
  private let queue = DispatchQueue(label: "TokenRotationPostgres")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

/// What the server says of itself.
struct ServerStanding: Sendable {
  /// Whether a commit that returned survives the server's end.
  let isDurable: Bool
  let isReadOnly: Bool
  let encoding: String?

  static let question = """
    SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
      current_setting('transaction_read_only')
    """

  init(_ rows: PostgresRows, encoding: String?) {
    let values = rows.values.first ?? []
    isDurable = values.count == 4 && values[0] == "on" && values[1] == "on" && values[2] != "off"
    isReadOnly = values.last != "off"
    self.encoding = encoding
  }
}
