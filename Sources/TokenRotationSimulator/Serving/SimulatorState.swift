#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import TokenRotationCore

/// One instant: the date for answers, the monotonic reading for lags and limits.
struct Moment: Sendable {
  var date: Date
  var uptime: Duration

  init(_ time: any TimeSource) {
    date = time.date
    uptime = time.uptime
  }
}

/// Which account: its tokens differ from region to region.
struct AccountKey: Hashable, Sendable {
  var sid: AccountSID
  var region: TwilioRegion
}

/// An account with what only answers and lagging nodes need of it.
struct AccountEntry: Sendable {
  var account: SimulatedAccount
  var history: TokenHistory
  var created: Date
  var updated: Date
  /// When the last secondary was created, which a promotion answers with.
  var secondaryCreated: Date
}

/// An error that was ordered for requests to come.
struct PlannedAnswer: Sendable {
  var remaining: Int
  var endpoint: TwilioSimulator.Endpoint?
  var error: SimulatedError
  var afterwards: Bool
}

/// Everything that a simulator remembers.
struct SimulatorState: Sendable {
  var settings: TwilioSimulator.Settings
  var entries: [AccountKey: AccountEntry] = [:]
  var planned: [PlannedAnswer] = []
  var requestCounts: [TwilioSimulator.Endpoint: Int] = [:]
  var limits = RequestLimits()
  var nextNode = 0
  /// Apart from the generator of tokens, so that tokens depend on what was issued before and on nothing else.
  var requestIDs: SeededRandomNumberGenerator
  private var generator: any RandomNumberGenerator & Sendable

  init(settings: TwilioSimulator.Settings, generator: some RandomNumberGenerator & Sendable) {
    var generator = generator
    self.settings = settings
    requestIDs = SeededRandomNumberGenerator(seed: generator.next())
    self.generator = generator
  }

  mutating func add(_ account: SimulatedAccount, at moment: Moment) {
    entries[AccountKey(sid: account.sid, region: account.region)] = AccountEntry(
      account: account, history: TokenHistory(account.tokens), created: moment.date, updated: moment.date,
      secondaryCreated: moment.date)
  }

  /// Changes an account, and notes for lagging nodes what became of its tokens.
  @discardableResult
  mutating func change(
    _ key: AccountKey, at moment: Moment, _ change: (inout SimulatedAccount) -> Void
  ) -> SimulatedAccount? {
    guard var entry = entries[key] else { return nil }
    let before = entry.account
    change(&entry.account)
    if entry.account != before { entry.updated = moment.date }
    if let secondary = entry.account.secondary, secondary != before.secondary { entry.secondaryCreated = moment.date }
    entry.history.record(entry.account.tokens, since: moment.uptime)
    entries[key] = entry
    return entry.account
  }

  mutating func issueToken() throws -> AuthToken {
    try AuthToken(issued: generator.hexadecimal(settings.tokenLength))
  }

  /// The node that the next request reaches.
  mutating func takeNode() -> NodeLag {
    guard !settings.nodes.isEmpty else { return .none }
    defer { nextNode += 1 }
    return settings.nodes[nextNode % settings.nodes.count]
  }

  /// The first planned answer that is meant for `endpoint`; it is used up by that.
  mutating func takePlannedAnswer(to endpoint: TwilioSimulator.Endpoint) -> PlannedAnswer? {
    planned.removeAll { $0.remaining <= 0 }
    guard let index = planned.firstIndex(where: { $0.endpoint == nil || $0.endpoint == endpoint }) else { return nil }
    planned[index].remaining -= 1
    return planned[index]
  }
}
