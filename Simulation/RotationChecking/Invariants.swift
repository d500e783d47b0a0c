import TokenRotationCore

extension World {
  /// Every token that the store holds.
  var held: [ModelToken] { [ledger.current] + (ledger.candidate.map { [$0] } ?? []) + ledger.givenUp }

  /// Whether the account's primary is a token that a person made, promoted or deleted: nobody else can be held to it.
  private var isPersonsDoing: Bool { twilio.persons & 1 << UInt32(twilio.primary) != 0 }

  /// What is wrong with this world; nil if nothing is.
  func violation() -> String? {
    if !held.contains(where: twilio.accepts), !isPersonsDoing { return "no token that the store holds works" }
    return nil
  }

  /// What is wrong with storing a change in this world.
  func violation(ofStoring change: RotationChange) -> String? {
    switch change {
    case .quarantine(.nothingWorks):
      held.contains(where: twilio.accepts) ? "quarantined although a token that the store holds works" : nil
    case .commit(let place):
      // The evidence may be out of date by what happened since; what must not be is that the proof was none.
      ledger.token(place, received: nil).map { !twilio.accepts($0) && !wasEverPrimary($0) } ?? false
        ? "committed a token that was never the primary" : nil
    default: nil
    }
  }

  private func wasEverPrimary(_ token: ModelToken) -> Bool { twilio.primaries & 1 << UInt32(token) != 0 }

  /// What is wrong with applying a call in this world.
  ///
  /// - Parameter sender: Who sends it now; nil for a call that arrives late.
  func violation(ofApplying call: RotationCall, by sender: ModelWorker?) -> String? {
    let secondary = twilio.secondary
    guard secondary != 0, sender?.isOvertakenByPerson != true, sender?.isByWord != true else { return nil }
    let view = sender?.view
    let isHeld =
      held.contains(secondary) || (view.map { $0.candidate == secondary || $0.givenUp.contains(secondary) } ?? false)
    let isPersons = twilio.persons & 1 << UInt32(secondary) != 0
    switch call {
    case .create:
      return nil
    case .promote:
      return held.contains(secondary) || isPersons ? nil : "a secondary is promoted that the store does not hold"
    case .delete:
      if isHeld || ledger.unknownCreate == .noted || view?.unknownCreate == .noted { return nil }
      return isPersons ? "a person's secondary is deleted without an unknown create" : nil
    }
  }

  /// What is wrong with where a rotation ends from here when nothing fails any more; nil if nothing is.
  func violationOfEnding() -> String? {
    for appliesLateCalls in [false, true] {
      var world = self
      for late in twilio.late where appliesLateCalls && world.twilio.accepts(late.caller) {
        _ = world.twilio.apply(late.call)
      }
      world.twilio.late = []
      world.twilio.unsettled = 0
      world.twilio.justUnsettled = 0
      world.workers = [ModelWorker(), ModelWorker()]
      world.budget = Budget(
        crashes: 0, lostAnswers: 0, lateCalls: 0, staleAnswers: 0, storeFaults: 0, takeovers: 0, personActs: 0,
        updates: 0, tenures: 0)
      if let violation = world.resumeToTheEnd() {
        return violation + (appliesLateCalls ? " (late calls applied)" : "")
      }
    }
    return nil
  }

  private mutating func resumeToTheEnd() -> String? {
    for _ in 0..<4 {
      begin(resumedGoal, by: 0)
      var steps = 0
      while workers[0].machine != nil {
        // Without faults each effect has one outcome but for what Twilio's nodes still have to learn.
        var next: [Step] = []
        actForTheEnd(&next)
        guard let first = next.first else { return "a resume gets stuck" }
        if let violation = first.violation { return violation }
        self = first.world
        twilio.unsettled = 0
        steps += 1
        if steps > 200 { return "a resume does not end" }
      }
      if ledger.phase == .idle, ledger.current == twilio.primary || isPersonsDoing { return nil }
      if ledger.phase == .minted, goal == .create, !ledger.isHeld {
        // A candidate is all that was wanted.
        if ledger.current == twilio.primary || isPersonsDoing { return nil }
      }
      if ledger.phase == .quarantined {
        // A person has to look, and finds that nothing is lost.
        if held.contains(twilio.primary) || isPersonsDoing { return nil }
      }
    }
    return "resumes end in \(ledger.phase) with \(ledger.current), the primary being \(twilio.primary)"
  }

  private func actForTheEnd(_ steps: inout [Step]) {
    steps = self.steps().filter { !$0.name.hasPrefix("1 ") }
  }
}
