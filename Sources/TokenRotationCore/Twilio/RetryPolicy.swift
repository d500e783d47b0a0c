/// How often and after what pauses a request to Twilio is sent again.
///
/// Only what is certain to do no harm is repeated: requests that change nothing. What changes something is repeated by the
/// rotation itself, which knows when that is safe; it takes its pauses from here. Pauses grow exponentially with full jitter, so that many clients
/// that failed together do not come back together, and are never shorter than the `Retry-After` of the answer.
public struct RetryPolicy: Sendable {
  /// How often a request is sent in all, at least 1.
  public var attempts: Int
  /// The upper bound of the first pause; it doubles with each further one.
  public var firstPause: Duration
  /// The upper bound of any pause; an answer whose `Retry-After` is longer is not waited for.
  public var longestPause: Duration

  private let random: @Sendable () -> Double

  /// Makes a policy.
  ///
  /// - Parameters:
  ///   - attempts: How often a request is sent in all.
  ///   - firstPause: The upper bound of the first pause.
  ///   - longestPause: The upper bound of any pause.
  ///   - random: Gives numbers from 0 up to 1; for tests.
  public init(
    attempts: Int = 3,
    firstPause: Duration = .milliseconds(250),
    longestPause: Duration = .seconds(5),
    random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) {
    self.attempts = max(1, attempts)
    self.firstPause = firstPause
    self.longestPause = longestPause
    self.random = random
  }

  /// Never sends anything again.
  public static let never = RetryPolicy(attempts: 1)

  /// The pause before the next attempt; nil if there shall be none.
  ///
  /// - Parameters:
  ///   - failures: How many attempts have failed, from 1.
  ///   - retryAfter: The shortest pause that the other side asked for.
  func pause(afterFailures failures: Int, retryAfter: Duration?) -> Duration? {
    guard failures < attempts else { return nil }
    if let retryAfter, retryAfter > longestPause { return nil }
    return max(retryAfter ?? .zero, backoff(afterFailures: failures))
  }

  /// A pause after so many failures, from 1, whatever the number of attempts.
  func backoff(afterFailures failures: Int) -> Duration {
    // Shifting by more than the width of an Int would trap; by then the longest pause is reached anyway.
    min(longestPause, firstPause * (1 << min(failures - 1, 30))) * random()
  }
}
