#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Performs what a machine asks for, through the ports: one worker's tenure of one record.
///
/// Calls and writes are held back from cancellation, one by one. Between them a cancelled task stops at the next
/// question or wait, and leaves a record that another worker can go on with.
struct RotationDriver {
  /// What a tenure came to.
  struct Outcome {
    let result: RotationResult
    /// The record as this worker last read or wrote it.
    let stored: StoredRecord
    var record: ProviderRecord { stored.record }
    /// The error behind the result, where there is one.
    let failure: TokenRotationError?
    /// What Twilio said of the token that it created or promoted last.
    let issued: TwilioIssuedToken?
    /// Whether this worker changed the record.
    let hasWritten: Bool
  }

  let providers: TwilioProviders
  var machine: RotationMachine
  var stored: StoredRecord
  let goal: RotationMachine.Goal
  /// The token that came with the last answer, or that a person brought.
  var received: AuthToken?
  /// Whether a person's token may be the account's secondary.
  var allowsSecondary = false
  let owner = UUID().uuidString
  /// Until when nobody else takes over, on this machine's clock.
  var leaseEnd = Duration.zero
  /// When Twilio last said something of a token.
  var askedAt = Duration.zero
  /// When the last call was sent whose outcome is unknown.
  var unknownCallSentAt: Duration?
  /// What was asked and answered since the last write.
  var newEvidence: [RotationEvidence] = []
  var failure: TokenRotationError?
  var issued: TwilioIssuedToken?
  var hasWritten = false
  private var hasReportedPromotion = false

  var timings: RotationTimings { providers.configuration.timings }
  var clock: any TimeSource { providers.configuration.timeSource }

  /// Begins a tenure.
  ///
  /// - Parameters:
  ///   - goal: What it is for.
  ///   - stored: The record as it was read; if somebody holds it, after the lease was watched to its end.
  ///   - received: The token that a person brought, for an update.
  init(_ goal: RotationMachine.Goal, on stored: StoredRecord, of providers: TwilioProviders, received: AuthToken? = nil)
  {
    self.providers = providers
    self.goal = goal
    self.stored = stored
    self.received = received
    machine = RotationMachine(goal, on: stored.record.ledger.map { _, _ in RotationMachine.Mark() })
  }

  /// Goes on until the machine wants nothing more.
  ///
  /// - Throws: `CancellationError` if the task was cancelled; the record can then be resumed.
  mutating func run() async throws -> Outcome {
    var effect = machine.begin()
    do {
      while true {
        let event: RotationMachine.Event
        switch effect {
        case .finish(let result):
          return Outcome(
            result: result, stored: stored, failure: failure, issued: issued, hasWritten: hasWritten)
        case .store(let change): event = await store(change)
        case .call(let call): event = try await self.call(call)
        case .probe(let place): event = try await probe(place)
        case .wait(let wait): event = try await self.wait(wait)
        }
        effect = machine.handle(event)
      }
    } catch let cancellation as CancellationError {
      if machine.mayRelease { _ = await store(.release(.cancelled)) }
      throw cancellation
    }
  }

  /// Runs to the end even if the calling task is cancelled.
  func shielded<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await Task(executorPreference: providers.configuration.executor) { try await body() }.value
  }

  // MARK: Telling others

  mutating func report(_ change: RotationChange) {
    switch change {
    case .claim where machine.tookOver || goal == .resume: send(.resumed)
    case .keep: send(.minted)
    case .intendToPromote: send(.proven)
    case .commit(let place):
      if place != .current, !hasReportedPromotion { send(.promoted) }
      send(.committed)
    case .replaceCurrent: send(.committed)
    case .end(let reason?): send(.rolledBack, reason.rawValue)
    case .dropCandidate: send(.rolledBack, RotationStop.candidateRejected.rawValue)
    case .end(nil) where goal == .abandon || goal == .delete: send(.rolledBack, "asked for")
    case .quarantine(let reason): send(.quarantined, reason.rawValue)
    case .claim, .end, .intendToCreate, .noteUnknownCreate, .intendToDiscard, .discardCandidate, .takeReturned, .adopt,
      .returnToMinted,
      .release:
      break
    }
  }

  mutating func reportPromotion() {
    hasReportedPromotion = true
    send(.promoted)
  }

  private func send(_ kind: RotationEvent.Kind, _ reason: String? = nil) {
    let record = stored.record
    providers.events.send(
      RotationEvent(
        providerID: record.id, accountSID: record.accountSID, kind: kind, reason: reason,
        date: InternetDate.rounded(clock.date)))
    providers.instruments.note(kind, of: record.id, reason: reason)
  }
}
