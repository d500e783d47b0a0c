/// Counts requests and failed attempts per user name, so that both can be limited.
///
/// By user name and before anything is looked up: an account that does not exist is limited like one that does.
struct RequestLimits: Sendable {
  private struct Period {
    var begin: Duration
    var requests = 0
  }

  private struct Failures {
    var count = 0
    var lockedUntil: Duration?
  }

  private var periods: [String: Period] = [:]
  private var failures: [String: Failures] = [:]

  /// Counts a request.
  ///
  /// - Throws: 429 if it is one too many.
  mutating func admit(
    _ username: String, _ limit: TwilioSimulator.Settings.RateLimit?, at now: Duration
  ) throws(SimulatedError) {
    guard let limit else { return }
    var period = periods[username] ?? Period(begin: now)
    if now - period.begin >= limit.period { period = Period(begin: now) }
    period.requests += 1
    periods[username] = period
    guard period.requests <= limit.requests else {
      var error = SimulatedError.rateLimited
      error.retryAfterSeconds = (period.begin + limit.period - now).wholeSecondsRoundedUp
      throw error
    }
  }

  /// - Throws: 70005 while the user name is locked out.
  mutating func checkLockout(_ username: String, at now: Duration) throws(SimulatedError) {
    guard let lockedUntil = failures[username]?.lockedUntil else { return }
    guard now >= lockedUntil else { throw SimulatedError.failureThresholdExceeded }
    failures[username] = nil
  }

  mutating func noteSuccess(_ username: String) {
    failures[username] = nil
  }

  mutating func noteFailure(
    _ username: String, _ threshold: TwilioSimulator.Settings.FailureThreshold?, at now: Duration
  ) {
    guard let threshold else { return }
    failures[username, default: Failures()].count += 1
    if failures[username, default: Failures()].count >= threshold.attempts {
      failures[username]?.lockedUntil = now + threshold.lockout
    }
  }
}

extension Duration {
  /// At least 1.
  fileprivate var wholeSecondsRoundedUp: Int {
    let (seconds, attoseconds) = components
    return max(1, Int(seconds) + (attoseconds > 0 ? 1 : 0))
  }
}
