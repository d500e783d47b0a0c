import CoreMetrics
import Logging
import Synchronization

/// Makes visible what reading tokens runs into: a store that fails, and refusals by Twilio.
///
/// Nothing is told of a read that finds its token in memory.
final class ReadingInstruments: Sendable {
  /// What came of a refusal.
  enum Refusal: String {
    /// Another token was tried.
    case retried
    /// Twilio accepts the token: it was the target that was refused.
    case target
    /// Every token was refused.
    case everyToken = "every_token"
  }

  private let logger: Logger
  private let metricsFactory: any MetricsFactory
  private let storeFails = Mutex(false)

  init(_ configuration: TokenRotationConfiguration) {
    logger = configuration.logger
    metricsFactory = configuration.metricsFactory ?? MetricsSystem.factory
  }

  /// Counts a read of the store.
  ///
  /// A store that fails is logged once, and once more when it works again.
  func reading<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      let value = try await body()
      count("token_rotation_reads_total", "success")
      if storeFails.exchange(false) { logger.info("Records can be read again") }
      return value
    } catch let error as TokenRotationError {
      count("token_rotation_reads_total", error.metricLabel)
      // What will not pass by itself concerns one record, and is told of each.
      let isNews = error.isRetriable ? !storeFails.exchange(true) : error.code != .providerNotFound
      if isNews {
        logger.warning(
          "A record could not be read; tokens in memory are used meanwhile", metadata: ["error": "\(error)"])
      }
      throw error
    }
  }

  func noteUnreadableCandidate(of id: ProviderID, _ error: any Error) {
    logger.warning(
      "A candidate cannot be opened, so it is not tried",
      metadata: [
        "provider_id": "\(id)", "error": "\((error as? TokenRotationError).map { "\($0)" } ?? "\(type(of: error))")",
      ])
  }

  /// Counts a refusal by Twilio, and logs one that leaves nothing to be tried.
  func note(_ refusal: Refusal, of id: ProviderID) {
    count("token_rotation_refusals_total", refusal.rawValue)
    guard refusal == .everyToken else { return }
    logger.error("Twilio refuses every token that is held", metadata: ["provider_id": "\(id)"])
  }

  func noteRecovery(of id: ProviderID) {
    logger.info("Twilio accepts a token again", metadata: ["provider_id": "\(id)"])
  }

  private func count(_ label: String, _ outcome: String) {
    Counter(label: label, dimensions: [("outcome", outcome)], factory: metricsFactory).increment()
  }
}

extension Mutex where Value == Bool {
  fileprivate borrowing func exchange(_ new: Bool) -> Bool {
    withLock { value in
      defer { value = new }
      return value
    }
  }
}
