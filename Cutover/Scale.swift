import Logging
import TokenRotation

/// Every time of a rotation and of its readers, in the proportions that they have in production.
struct Scale {
  /// What ``RotationTimings/readersRefresh`` is, 30 seconds in production.
  let refresh: Duration

  init(_ options: Options) { refresh = .milliseconds(options.refresh) }

  /// So long tokens are kept by a reader as is usual, which caches for 60 seconds.
  var usualCache: Duration { refresh * 2 }

  /// How long a webhook is under way at most: the 15 seconds after which Twilio gives up.
  var longestDelivery: Duration { refresh / 2 }

  func configuration(url: String?) throws -> TokenRotationConfiguration {
    var configuration = TokenRotationConfiguration(
      endpoints: try url.map { try .redirected(to: $0) } ?? .twilio,
      timings: try RotationTimings(
        // Longer than its share: a machine that is busy must not turn every rotation into one with lost answers.
        requestDeadline: max(.seconds(2), refresh / 2), lateCalls: refresh, propagation: refresh * 2,
        lease: max(.seconds(5), refresh * 6), readersRefresh: refresh),
      retryPolicy: RetryPolicy(firstPause: refresh / 120, longestPause: refresh / 6),
      sessions: SessionSettings(
        settlePeriod: refresh * 2, refusalBackoff: refresh * 2, staleLimit: refresh * 120, accountMemory: refresh * 2),
      allowsTokenLossWithProcess: true)
    configuration.logger = Logger(label: "cutover")
    configuration.logger.logLevel = .critical
    return configuration
  }
}
