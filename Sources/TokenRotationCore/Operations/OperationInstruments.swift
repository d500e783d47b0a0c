import CoreMetrics
import Logging
import Tracing

/// Makes an operation visible: a span, a counter with its outcome, a duration and a log line.
///
/// What goes out is the operation's name, the provider's id and the outcome's label; never a value that could be secret.
struct OperationInstruments: Sendable {
  /// The operations, by the names that dashboards see.
  enum Operation: String {
    case register, read, update, validate, remove, rotate, resume, abandon, rewrap, verify
    case verifyAll = "verify_all"
    case resumeAll = "resume_all"
    case updateDetails = "update_details"
    case createSecondary = "create_secondary"
    case deleteSecondary = "delete_secondary"
    case promoteSecondary = "promote_secondary"
    case keyUsage = "key_usage"
    case checkKeys = "check_keys"
    case checkUnused = "check_unused"

    /// Whether its success is worth a line in a log of production.
    var changesSomething: Bool {
      switch self {
      case .read, .validate, .keyUsage, .checkKeys, .checkUnused: false
      default: true
      }
    }
  }

  private let logger: Logger
  private let metricsFactory: any MetricsFactory
  private let tracer: (any Tracer)?
  private let timeSource: any TimeSource

  init(_ configuration: TokenRotationConfiguration) {
    logger = configuration.logger
    metricsFactory = configuration.metricsFactory ?? MetricsSystem.factory
    tracer = configuration.tracer
    timeSource = configuration.timeSource
  }

  func observe<Value: Sendable>(
    _ operation: Operation, of provider: ProviderID? = nil, _ body: () async throws -> Value
  ) async throws -> Value {
    let start = timeSource.uptime
    let tracer = self.tracer ?? InstrumentationSystem.tracer
    do {
      let value = try await tracer.withAnySpan("token_rotation.\(operation.rawValue)", ofKind: .internal) { span in
        if let provider { span.attributes["token_rotation.provider_id"] = provider.description }
        return try await body()
      }
      report(operation, provider, outcome: "success", since: start)
      logger.log(
        level: operation.changesSomething ? .info : .debug, "Done",
        metadata: metadata(operation, provider))
      return value
    } catch {
      let label = (error as? TokenRotationError)?.metricLabel ?? (error is CancellationError ? "cancelled" : "other")
      report(operation, provider, outcome: label, since: start)
      var metadata = metadata(operation, provider)
      metadata["error"] = (error as? TokenRotationError).map { "\($0)" } ?? "\(type(of: error))"
      logger.warning("Failed", metadata: metadata)
      throw error
    }
  }

  /// Notes what happened in a rotation.
  func note(_ event: RotationEvent.Kind, of provider: ProviderID, reason: String?) {
    Counter(
      label: "token_rotation_events_total", dimensions: [("event", event.rawValue)], factory: metricsFactory
    ).increment()
    var metadata: Logger.Metadata = ["event": "\(event.rawValue)", "provider_id": "\(provider)"]
    if let reason { metadata["reason"] = "\(reason)" }
    logger.log(
      level: event == .quarantined ? .error : event == .rolledBack ? .warning : .info, "Rotation", metadata: metadata)
  }

  private func metadata(_ operation: Operation, _ provider: ProviderID?) -> Logger.Metadata {
    var metadata: Logger.Metadata = ["operation": "\(operation.rawValue)"]
    if let provider { metadata["provider_id"] = "\(provider)" }
    return metadata
  }

  private func report(_ operation: Operation, _ provider: ProviderID?, outcome: String, since start: Duration) {
    let dimensions = [("operation", operation.rawValue), ("outcome", outcome)]
    Counter(label: "token_rotation_operations_total", dimensions: dimensions, factory: metricsFactory).increment()
    let duration = (timeSource.uptime - start).components
    CoreMetrics.Timer(
      label: "token_rotation_operation_duration", dimensions: dimensions, factory: metricsFactory
    ).recordNanoseconds(duration.seconds * 1_000_000_000 + duration.attoseconds / 1_000_000_000)
  }
}
