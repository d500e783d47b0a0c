public import HTTPTypes

/// Sends requests to Twilio for one provider: with its account, to its region's hosts, with a token that works now.
///
/// It is an ``HTTPTransport`` itself, so code that sends through one needs not know that a token is being rotated under it.
///
/// - **During a rotation no call fails.** Twilio's 401 says that nothing was done, so the request is sent again with the
///   other token, whatever its method: the one in use, the candidate, then the one from before. What worked is what all
///   other callers begin with.
/// - **When every token is refused**, Twilio is asked for the account once, by one caller for all. If it accepts the token,
///   the 401 was about what the request asked for, and is its answer. Otherwise this is logged, and calls fail at once
///   until the record holds another token or ``SessionSettings/refusalBackoff`` has passed.
/// - **Tokens go to Twilio only**: over https to the hosts of the provider's region, to hosts that
///   ``TwilioEndpoints`` or ``allowing(_:)`` name, and nowhere else. A redirect is an answer, and not followed.
///
/// ```swift
/// let messages = try await providers.session(for: provider.id).send(
///   HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/2010-04-01/Accounts/{AccountSid}/Messages.json"))
/// ```
public struct TwilioSession: HTTPTransport {
  private let id: ProviderID
  private let providers: TwilioProviders
  private var hosts: SessionHosts
  private var takesForbiddenAsRefusal = false

  init(of id: ProviderID, in providers: TwilioProviders) {
    self.id = id
    self.providers = providers
    hosts = SessionHosts(endpoints: providers.configuration.endpoints)
  }

  /// The same session for one more host.
  ///
  /// - Parameter base: Such as `https://mine-1234.twil.io`; `https` for anything but loopback.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/configurationInvalid``.
  public func allowing(_ base: String) throws -> TwilioSession {
    var session = self
    session.hosts.named.insert(try TwilioOrigin(parsing: base).normalized)
    return session
  }

  /// The same session for requests to Twilio's Functions and Services, which check the token themselves.
  ///
  /// They hold it as a literal, and for about a minute after a change they refuse the new one with a 403. During that time
  /// a 403 is taken like a 401: the request is sent again with the token from before.
  ///
  /// Source: <https://www.twilio.com/docs/iam/api/authtoken>.
  public func toFunctions() -> TwilioSession {
    var session = self
    session.takesForbiddenAsRefusal = true
    return session
  }

  /// Sends a request, and again with another token if the first one is refused.
  ///
  /// - Parameter request: Without credentials. Where its head has no authority, it goes to the core API of the provider's
  ///   region; `{AccountSid}` in its path stands for the provider's account. Its deadline is for all attempts together.
  /// - Returns: Twilio's answer, whatever its status.
  /// - Throws: ``TokenRotationError``, and nothing was done: `credentialsNotAllowed`, `hostNotAllowed`, `regionNotSupported`,
  ///   `providerNotFound`, `tokensRefused`, or what the store or the cipher throws if nothing is in memory. Otherwise what
  ///   the transport throws: ``TransportError``, or `CancellationError`.
  public func send(_ request: TransportRequest) async throws -> TransportResponse {
    guard request.credentials == nil, !request.head.headerFields.contains(.authorization) else {
      throw TokenRotationError(
        .credentialsNotAllowed,
        "A session brings the provider's credentials itself. Send the request without any, and without an `Authorization` "
          + "header.")
    }
    let clock = providers.configuration.timeSource
    let start = clock.uptime
    let beginning = try providers.beginTrialInMemory(id)
    var trial = if let beginning { beginning } else { try await providers.beginTrial(id) }
    var request = request
    let deadline = request.deadline
    try hosts.complete(&request.head, for: trial.snapshot)
    while true {
      request.credentials = BasicCredentials(
        username: trial.snapshot.accountSID.description, password: trial.token)
      let response = try await providers.transport.send(request)
      guard isRefusal(response, trial, at: clock.uptime) else {
        if response.isAcceptance, !takesForbiddenAsRefusal { providers.noteAcceptance(trial) }
        return response
      }
      if response.head.status == .unauthorized, providers.isKnownToWork(trial) { return response }
      guard try await trial.advance(in: providers.cache, providers.configuration) else {
        if response.head.status == .unauthorized { try await providers.requireAcceptance(trial) }
        return response
      }
      providers.readingInstruments.note(.retried, of: id)
      request.deadline = deadline - (clock.uptime - start)
      guard request.deadline > .zero else {
        throw TransportError(.timedOut, delivery: .notSent, detail: "no token was accepted before the deadline")
      }
    }
  }

  /// Sends a request with the deadline that all of this package's have.
  ///
  /// - Parameters:
  ///   - head: Method, address and header fields; see ``send(_:)-(TransportRequest)``.
  ///   - body: The body; empty for none.
  /// - Returns: Twilio's answer, whatever its status.
  /// - Throws: As ``send(_:)-(TransportRequest)``.
  public func send(_ head: HTTPRequest, body: [UInt8] = []) async throws -> TransportResponse {
    try await send(request(head, body: body))
  }

  func request(_ head: HTTPRequest, body: [UInt8] = []) -> TransportRequest {
    let isHarmless = head.method == .get || head.method == .head || head.method == .options
    return TransportRequest(
      head: head, body: body, deadline: providers.configuration.timings.requestDeadline, mayBeSentAgain: isHarmless)
  }

  private func isRefusal(_ response: TransportResponse, _ trial: TokenTrial, at now: Duration) -> Bool {
    switch response.head.status {
    case .unauthorized: true
    case .forbidden: takesForbiddenAsRefusal && trial.snapshot.isUnsettled(at: now)
    default: false
    }
  }
}

extension TransportResponse {
  /// Whether it could only be given to somebody who was let in.
  fileprivate var isAcceptance: Bool {
    switch head.status.kind {
    case .successful, .redirection: true
    default: head.status == .notFound || head.status == .badRequest || head.status == .conflict
    }
  }
}
