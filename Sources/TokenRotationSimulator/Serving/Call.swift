import TokenRotationCore

/// A request as an endpoint sees it: routed and authenticated.
struct Call: Sendable {
  var endpoint: TwilioSimulator.Endpoint
  /// The path, without the query.
  var path: String
  /// The parameters of the query; of one that comes twice, the last.
  var query: [String: String] = [:]
  /// The values in the path, in its order.
  var parameters: [String]
  var caller: Caller
  /// How far the node that serves the call is behind.
  var lag: NodeLag
  var moment: Moment
}

extension Call {
  /// The parameters behind the `?` of a path; Twilio's own need no decoding.
  static func query(_ target: String) -> [String: String] {
    let pairs = target.drop { $0 != "?" }.dropFirst().split(separator: "&").map {
      $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    }
    return Dictionary(
      pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }, uniquingKeysWith: { _, last in last })
  }
}

/// Whose token a request came with.
struct Caller: Sendable {
  var key: AccountKey
  var role: TokenRole
}

/// What an endpoint answers: a status and, unless it is 204, an object.
struct Answer: Sendable {
  var status: Int
  var fields: [(name: String, value: JSONText)]
}

extension SimulatorState {
  /// Finds out whose token the request came with.
  ///
  /// - Throws: 401/20003 whatever is wrong with it, so that no answer tells what Twilio does not; 70005 while the user
  ///   name is locked out.
  mutating func authenticate(
    _ credentials: BasicCredentials?, at address: Address, lag: NodeLag, moment: Moment
  ) throws(SimulatedError) -> Caller {
    guard let credentials, let sid = try? AccountSID(credentials.username) else { throw SimulatedError.tokenRefused }
    try limits.checkLockout(sid.canonical, at: moment.uptime)
    // In a fixed order, so that a run can be repeated even where one token is good in two regions.
    let entries = entries.filter { $0.key.sid == sid && address.covers($0.key.region) }
      .sorted { $0.key.region.id < $1.key.region.id }
    for (key, entry) in entries {
      guard let role = entry.history.tokens(at: moment.uptime - lag.delay).role(of: credentials.password),
        entry.account.status == .active || settings.answersForInactiveAccounts
      else { continue }
      limits.noteSuccess(sid.canonical)
      return Caller(key: key, role: role)
    }
    limits.noteFailure(sid.canonical, settings.failureThreshold, at: moment.uptime)
    throw SimulatedError.tokenRefused
  }
}
