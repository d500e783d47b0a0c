public import CoreMetrics
public import Logging
public import Tracing

/// The settings of ``TwilioProviders``, each with a default that is right for production.
public struct TokenRotationConfiguration: Sendable {
  /// The hosts that requests go to.
  public var endpoints: TwilioEndpoints
  /// How long requests, waits and leases are.
  public var timings: RotationTimings
  /// How requests that may be repeated are repeated.
  public var retryPolicy: RetryPolicy
  /// How tokens are read while they may be rotated.
  public var sessions: SessionSettings
  /// How often an operation starts over because someone else changed the record meanwhile, at least 1.
  public var attemptsAfterLostRace: Int
  /// Whether tokens may be made and promoted on a store that forgets them when the process ends.
  ///
  /// False by default: Twilio shows a token once, so the end of the process would be the end of the customer's access.
  public var allowsTokenLossWithProcess: Bool
  /// Where the library gets its time from.
  public var timeSource: any TimeSource
  /// What runs the tasks that shield a call or a write from cancellation; nil for Swift's own.
  ///
  /// For hosts that run all their work on an executor of their own, and for simulations.
  public var executor: (any TaskExecutor)?
  /// Takes one line for every operation and, at debug level, one for every request to Twilio.
  public var logger: Logger
  /// Makes the counters and timers; nil for the factory that the process has set up.
  public var metricsFactory: (any MetricsFactory)?
  /// Makes the spans; nil for the tracer that the process has set up.
  public var tracer: (any Tracer)?

  /// Makes settings.
  ///
  /// - Parameters:
  ///   - endpoints: The hosts that requests go to; Twilio's own by default.
  ///   - timings: How long requests, waits and leases are.
  ///   - retryPolicy: How requests that may be repeated are repeated.
  ///   - sessions: How tokens are read while they may be rotated.
  ///   - attemptsAfterLostRace: How often an operation is tried in all when others change the record meanwhile.
  ///   - allowsTokenLossWithProcess: Whether tokens may be made and promoted on a store that is not durable.
  ///   - timeSource: Where the library gets its time from.
  ///   - executor: What runs the tasks that shield a call or a write from cancellation.
  ///   - logger: Where log lines go.
  ///   - metricsFactory: Makes the counters and timers.
  ///   - tracer: Makes the spans.
  public init(
    endpoints: TwilioEndpoints = .twilio,
    timings: RotationTimings = .standard,
    retryPolicy: RetryPolicy = RetryPolicy(),
    sessions: SessionSettings = SessionSettings(),
    attemptsAfterLostRace: Int = 5,
    allowsTokenLossWithProcess: Bool = false,
    timeSource: any TimeSource = SystemTimeSource(),
    executor: (any TaskExecutor)? = nil,
    logger: Logger = Logger(label: "token-rotation"),
    metricsFactory: (any MetricsFactory)? = nil,
    tracer: (any Tracer)? = nil
  ) {
    self.endpoints = endpoints
    self.timings = timings
    self.retryPolicy = retryPolicy
    self.sessions = sessions
    self.attemptsAfterLostRace = max(1, attemptsAfterLostRace)
    self.allowsTokenLossWithProcess = allowsTokenLossWithProcess
    self.timeSource = timeSource
    self.executor = executor
    self.logger = logger
    self.metricsFactory = metricsFactory
    self.tracer = tracer
  }
}
