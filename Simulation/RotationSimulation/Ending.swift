import Synchronization
import TokenRotationCore
import TokenRotationSimulator

/// What has to be possible once faults have stopped: resuming ends in idle with the primary stored, or in a quarantine
/// that nothing we hold could have avoided, whose explanation says what a person can do.
final class Ending: Sendable {
  private let world: SimulatedWorld
  private let outcome = Mutex(false)

  init(world: SimulatedWorld) { self.world = world }

  var isQuarantined: Bool { outcome.withLock { $0 } }

  func run() throws {
    let process = SimulatedProcess(0, in: world)
    let providers = try process.providers()
    let hasEnded = Mutex(false)
    world.note("faults stop")
    Task(executorPreference: world.executor) { [self] in
      for _ in 0..<4 {
        _ = try? await providers.resumeRotation(of: world.providerID)
        if isWell { break }
      }
      await judge(providers)
      hasEnded.withLock { $0 = true }
    }
    world.executor.run()
    if !hasEnded.withLock({ $0 }) { world.complain("the last resume does not end") }
  }

  private var isWell: Bool {
    guard let record = world.stored?.record, let current = world.heldTokens().first, let account = world.account,
      // A person's new primary beside our secondary looks like a promotion where Twilio does not name the primary.
      current == account.primary || (world.isPersonsDoing && current == account.secondary)
    else { return false }
    return record.rotation.phase == .idle || (record.rotation.phase == .minted && record.rotation.tenure == nil)
  }

  private func judge(_ providers: TwilioProviders) async {
    guard !isWell, let state = world.stored?.record.rotation else { return }
    guard state.phase == .quarantined else {
      return world.complain("resumes end in \(state.phase.rawValue), the stored token not being the primary")
    }
    outcome.withLock { $0 = true }
    let works = world.heldTokens().contains { $0 == world.account?.primary || $0 == world.account?.secondary }
    switch state.quarantine {
    case .nothingWorks where works: world.complain("quarantined although a token that is held works")
    case .interruptedCreate where world.account?.secondary == nil && !world.isPersonsDoing:
      world.note("the secondary that it was quarantined for is gone")
    default: break
    }
    // The way out that every explanation names.
    guard let explanation = try? await providers.explainRotation(of: world.providerID),
      let primary = world.account?.primary
    else { return world.complain("a quarantine that is not explained") }
    if !explanation.nextStep.contains("updateAuthToken") { world.complain("a quarantine without a way out") }
    _ = try? await providers.updateAuthToken(of: world.providerID, to: primary)
    if !isWell { world.complain("the token of a person does not end the quarantine") }
  }
}
