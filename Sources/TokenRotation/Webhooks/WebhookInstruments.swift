import CoreMetrics
import Logging
import TokenRotationCore

/// Makes webhooks visible: counters by outcome, a log line for what was not accepted.
///
/// The counters are made once, because counting must not cost more than validating.
struct WebhookInstruments: Sendable {
  private static let label = "token_rotation_webhooks_total"

  private let logger: Logger
  private let current: Counter
  private let candidate: Counter
  private let previous: Counter
  private let refused: [WebhookRefusal.Code: Counter]
  private let failed: Counter

  init(_ configuration: TokenRotationConfiguration) {
    let factory = configuration.metricsFactory ?? MetricsSystem.factory
    func counter(_ outcome: String, _ token: String) -> Counter {
      Counter(label: Self.label, dimensions: [("outcome", outcome), ("token", token)], factory: factory)
    }
    logger = configuration.logger
    current = counter("accepted", WebhookTokenRole.current.rawValue)
    candidate = counter("accepted", WebhookTokenRole.candidate.rawValue)
    previous = counter("accepted", WebhookTokenRole.previous.rawValue)
    refused = Dictionary(
      uniqueKeysWithValues: WebhookRefusal.Code.all.map { ($0, counter($0.rawValue, "none")) })
    failed = counter("error", "none")
  }

  func accept(_ webhook: AcceptedWebhook) {
    switch webhook.token {
    case .current: current.increment()
    case .candidate: candidate.increment()
    case .previous: previous.increment()
    }
    logger.debug(
      "Webhook accepted", metadata: ["provider_id": "\(webhook.providerID)", "token": "\(webhook.token.rawValue)"])
  }

  /// At info level: whoever has an address on the internet gets requests that are not Twilio's.
  func refuse(_ refusal: WebhookRefusal, of provider: ProviderID?) {
    refused[refusal.code]?.increment()
    var metadata: Logger.Metadata = ["code": "\(refusal.code)"]
    if let provider { metadata["provider_id"] = "\(provider)" }
    logger.info("Webhook refused", metadata: metadata)
  }

  func fail(_ error: any Error, of provider: ProviderID?) {
    failed.increment()
    var metadata: Logger.Metadata = ["error": (error as? TokenRotationError).map { "\($0)" } ?? "\(type(of: error))"]
    if let provider { metadata["provider_id"] = "\(provider)" }
    logger.warning("Webhook not judged", metadata: metadata)
  }
}
