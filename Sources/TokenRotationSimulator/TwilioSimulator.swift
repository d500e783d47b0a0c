import Synchronization
public import TokenRotationCore

/// Twilio's accounts and Auth Tokens, in memory: what code that rotates tokens is tried out on.
///
/// An ``HTTPTransport`` with accounts behind it that change as Twilio's do: a secondary authenticates as soon as it
/// exists, a promotion ends the old primary at once, and what Twilio does not tell apart (401/20003 has many causes) has
/// the same answer here, byte for byte. The truth is in ``account(_:region:)`` and in no answer.
///
/// Repeatable: with a seeded generator and a time source that stands still, the same requests get the same bytes.
///
/// ```swift
/// let twilio = TwilioSimulator(accounts: [SimulatedAccount(sid: sid, primary: token)])
/// let providers = try TwilioProviders(store: store, keyring: keyring, transport: twilio)
/// ```
///
/// It answers at once and loses nothing. To lose answers, delay them or fail, wrap a transport of your own around it;
/// ``perform(_:at:)`` is synchronous for that.
public final class TwilioSimulator: HTTPTransport {
  private let state: Mutex<SimulatorState>
  private let time: any TimeSource

  /// Makes a simulator.
  ///
  /// - Parameters:
  ///   - accounts: The accounts that exist from the beginning.
  ///   - settings: How Twilio behaves where it may behave in several ways.
  ///   - time: Where dates, lags and limits get their time from.
  ///   - generator: Where issued tokens and request ids come from; a ``SeededRandomNumberGenerator`` repeats them.
  public init(
    accounts: [SimulatedAccount] = [],
    settings: Settings = Settings(),
    time: any TimeSource = SystemTimeSource(),
    generator: some RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
  ) {
    self.time = time
    var state = SimulatorState(settings: settings, generator: generator)
    for account in accounts { state.add(account, at: Moment(time)) }
    self.state = Mutex(state)
  }

  /// Answers a request, without waiting for anything.
  ///
  /// - Parameters:
  ///   - request: The request; its deadline and size limit are the business of ``send(_:)``.
  ///   - node: The node that it reaches; nil for the next of the settings' nodes.
  public func perform(_ request: TransportRequest, at node: NodeLag? = nil) -> TransportResponse {
    // The time is read under the lock, so that the order of changes and the order of their times agree.
    state.withLock { $0.answer(request, at: node, moment: Moment(time)) }
  }

  /// Answers a request.
  ///
  /// - Throws: ``TransportError`` if the answer is larger than the request allows, `CancellationError` if the task was
  ///   cancelled before; the request was not seen then.
  public func send(_ request: TransportRequest) async throws -> TransportResponse {
    try Task.checkCancellation()
    let response = perform(request)
    guard response.body.count <= request.responseSizeLimit else {
      throw TransportError(.responseTooLarge, delivery: .maybeSent)
    }
    return response
  }
}

// MARK: Behind the API

extension TwilioSimulator {
  /// Adds an account, or puts one in the place of the one with the same SID and region, history included.
  public func add(_ account: SimulatedAccount) {
    state.withLock { $0.add(account, at: Moment(time)) }
  }

  /// An account as it really is; nil if there is none in that region.
  public func account(_ sid: AccountSID, region: TwilioRegion = .us1) -> SimulatedAccount? {
    state.withLock { $0.entries[AccountKey(sid: sid, region: region)]?.account }
  }

  /// Changes an account as a person at Twilio's Console would: a new primary, a secondary, a suspension.
  ///
  /// Changed tokens spread to lagging nodes like any other; ``SimulatedAccount/mutations`` does not count them.
  ///
  /// - Parameters:
  ///   - sid: The account.
  ///   - region: Its region.
  ///   - change: What to change. It must not call the simulator.
  /// - Returns: The account afterwards; nil if there is none, and nothing was changed then.
  @discardableResult
  public func changeAccount(
    _ sid: AccountSID, region: TwilioRegion = .us1, _ change: (inout SimulatedAccount) -> Void
  ) -> SimulatedAccount? {
    state.withLock { $0.change(AccountKey(sid: sid, region: region), at: Moment(time), change) }
  }

  /// A token of the kind that the simulator issues, for an account or a change to one.
  ///
  /// - Throws: ``TokenRotationError`` with the code `authTokenMalformed` if the settings ask for tokens of no length.
  public func issueToken() throws -> AuthToken {
    try state.withLock { try $0.issueToken() }
  }

  /// Changes the settings, from the next request on.
  ///
  /// - Parameter change: What to change. It must not call the simulator.
  public func configure(_ change: (inout Settings) -> Void) {
    state.withLock { change(&$0.settings) }
  }

  /// Answers the next requests with an error, whatever they ask for.
  ///
  /// - Parameters:
  ///   - count: How many requests.
  ///   - endpoint: Which requests; nil for any.
  ///   - error: The answer.
  ///   - afterwards: Whether what was asked for is done first, as Twilio's 500 leaves open. False: the request was not
  ///     even looked at.
  public func answerNext(
    _ count: Int = 1, to endpoint: Endpoint? = nil, with error: SimulatedError, afterwards: Bool = false
  ) {
    state.withLock {
      $0.planned.append(PlannedAnswer(remaining: count, endpoint: endpoint, error: error, afterwards: afterwards))
    }
  }

  /// How many requests each endpoint got, refused ones included.
  public var requestCounts: [Endpoint: Int] {
    state.withLock { $0.requestCounts }
  }

  /// How many requests an endpoint got, refused ones included.
  public func requestCount(of endpoint: Endpoint) -> Int {
    requestCounts[endpoint] ?? 0
  }
}

extension TwilioSimulator: CustomStringConvertible, CustomReflectable {
  /// The number of accounts.
  public var description: String { "<Twilio simulator, \(state.withLock { $0.entries.count }) accounts>" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
