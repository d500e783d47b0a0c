import TokenRotationCore

extension PostgresProviderStore {
  /// How a store behaves; the defaults suit most hosts.
  public struct Options: Hashable, Sendable {
    /// The schema that the tables are in, up to 48 bytes; made if it is not there.
    public var schema: String
    /// How many connections may be open at a time, beside one for listening.
    public var maximumConnections: Int
    /// How long a call waits for one of them, before it fails with `databasePoolExhausted`.
    public var poolTimeout: Duration
    /// How long a server may take to let a connection in, unless the connection string says so itself
    /// (`connect_timeout`).
    public var connectTimeout: Duration
    /// How long the server may take over a statement, before it undoes it and the call fails with `databaseTimedOut`.
    ///
    /// Two seconds later (or after twice the time, if it is less) the store waits no longer, whatever the network does.
    public var statementTimeout: Duration
    /// Whether each step of a provider's life is put down for ``PostgresProviderStore/transitions(limit:)``.
    ///
    /// Every process on the database has to say the same, and somebody has to acknowledge them, or they pile up.
    public var keepsTransitions: Bool

    /// Makes options.
    public init(
      schema: String = "token_rotation", maximumConnections: Int = 8, poolTimeout: Duration = .seconds(5),
      connectTimeout: Duration = .seconds(5), statementTimeout: Duration = .seconds(5), keepsTransitions: Bool = false
    ) {
      self.schema = schema
      self.maximumConnections = maximumConnections
      self.poolTimeout = poolTimeout
      self.connectTimeout = connectTimeout
      self.statementTimeout = statementTimeout
      self.keepsTransitions = keepsTransitions
    }

    var timeouts: Timeouts {
      Timeouts(connecting: connectTimeout, statement: statementTimeout, waiting: poolTimeout)
    }

    func check() throws {
      guard maximumConnections > 0 else {
        throw TokenRotationError(.configurationInvalid, "The number of connections is not positive.")
      }
      for timeout in [poolTimeout, connectTimeout, statementTimeout]
      where !(.zero < timeout && timeout < .seconds(86_400)) {
        throw TokenRotationError(.configurationInvalid, "A time-out is not positive, or longer than a day.")
      }
    }
  }
}
