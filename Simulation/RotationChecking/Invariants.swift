import TokenRotationCore

// What must hold everywhere.
extension Model {
  /// What is wrong with this world; nil if nothing is.
  func violation(in world: World) -> String? {
    let works = TokenSet(of: world.twilio.primary) | TokenSet(of: world.twilio.secondary)
    if ledgers[world.ledger].held & works == 0, !isPersonsDoing(world) { return "no token that the store holds works" }
    return nil
  }

  /// Whether the account's primary is a token that a person made, promoted or deleted: nobody else can be held to it.
  private func isPersonsDoing(_ world: World) -> Bool { world.twilio.persons.contains(world.twilio.primary) }

  /// What is wrong with storing a change in this world.
  func violation(ofStoring change: RotationChange, by worker: ModelWorker, in world: World) -> String? {
    switch change {
    case .quarantine(.nothingWorks):
      let works = TokenSet(of: world.twilio.primary) | TokenSet(of: world.twilio.secondary)
      if worker.isToldOfPrimary, works.contains(worker.received) {
        return "quarantined although the answer to Promote told of a token that works"
      }
      return ledgers[world.ledger].held & works != 0
        ? "quarantined although a token that the store holds works" : nil
    case .commit(let place):
      // The evidence may be out of date by what happened since; what must not be is that the proof was none.
      let token = ledgers.token(place, in: world.ledger, received: 0)
      // Where Twilio does not name it, a person's new primary beside a secondary of ours passes for the promotion of ours.
      if isPersonsDoing(world) { return nil }
      return token != 0 && !world.twilio.accepts(token) && !world.twilio.primaries.contains(token)
        ? "committed a token that was never the primary" : nil
    case .end(.secondaryExists):
      let secondary = world.twilio.secondary
      // Where a person's new primary passed for the promotion of ours, ours is in use, and a secondary.
      if secondary == ledgers[world.ledger].current, isPersonsDoing(world) { return nil }
      return secondary != 0 && !world.twilio.persons.contains(secondary)
        ? "gave up because of a secondary that is ours" : nil
    default:
      return nil
    }
  }

  /// What is wrong with applying a call in this world.
  ///
  /// - Parameter sender: Who sends it now; nil for a call that arrives late.
  func violation(ofApplying call: RotationCall, by sender: ModelWorker?, in world: World) -> String? {
    let secondary = world.twilio.secondary
    guard call != .create, secondary != 0, sender?.isOvertakenByPerson != true, !(sender.map(isByWord) ?? false)
    else { return nil }
    let ledger = ledgers[world.ledger]
    let isPersons = world.twilio.persons.contains(secondary)
    switch call {
    case .create:
      return nil
    case .promote:
      return ledger.held.contains(secondary) || isPersons ? nil : "a secondary is promoted that the store does not hold"
    case .delete:
      let view = sender.map { ledgers[$0.view] }
      let isHeld =
        ledger.held.contains(secondary)
        || (view.map { $0.held.contains(secondary) && $0.current != secondary } ?? false)
      if isHeld || ledger.hasNotedCreate || view?.hasNotedCreate == true { return nil }
      return isPersons ? "a person's secondary is deleted without an unknown create" : nil
    }
  }

  /// What is wrong with where a rotation ends from here when nothing fails any more; nil if nothing is.
  func violationOfEnding(in world: World, _ steps: inout Steps) -> String? {
    var quiet = world
    quiet.twilio.late.removeAll()
    if let violation = resumeToTheEnd(from: quiet, &steps) { return violation }
    guard !world.twilio.late.isEmpty else { return nil }
    var applied = world
    for position in 0..<world.twilio.late.count {
      let late = world.twilio.late[position]
      guard applied.twilio.accepts(late.caller) else { continue }
      if late.isOvertakenByPerson { applied.excuse(late.call) }
      _ = applied.twilio.apply(late.call)
    }
    applied.twilio.late.removeAll()
    return resumeToTheEnd(from: applied, &steps).map { $0 + " (late calls applied)" }
  }

  /// Follows the one way that is left when nobody is at work, everything is settled, and nothing fails.
  private func resumeToTheEnd(from start: World, _ steps: inout Steps) -> String? {
    var world = start
    world.twilio.unsettled = 0
    world.twilio.justUnsettled = 0
    // Only a node that lags names it.
    world.twilio.formerPrimary = 0
    world.workers = Workers()
    world.budget = World.Budget()
    let print = world.fingerprint
    if endsWell.contains(print) { return nil }
    for _ in 0..<4 {
      begin(resumedGoal(in: world), by: 0, in: &world)
      var count = 0
      while world.workers.first.isWorking {
        // Without faults each effect has one outcome but for what Twilio's nodes still have to learn.
        steps.removeAll()
        act(0, in: world, &steps)
        guard let next = steps.all.first else { return "a resume gets stuck" }
        if let violation = next.violation { return violation }
        world = next.world
        world.twilio.unsettled = 0
        count += 1
        if count > 200 { return "a resume does not end" }
      }
      if hasEndedWell(world) {
        endsWell.insert(print)
        return nil
      }
    }
    let ledger = ledgers[world.ledger]
    return "resumes end in \(ledger.phase) with \(ledger.current), the primary being \(world.twilio.primary)"
  }

  private func hasEndedWell(_ world: World) -> Bool {
    let ledger = ledgers[world.ledger]
    switch ledger.phase {
    case .idle:
      return ledger.current == world.twilio.primary || isPersonsDoing(world)
    case .minted where world.goal == .create && !ledger.isHeld:
      // A candidate is all that was wanted.
      return ledger.current == world.twilio.primary || isPersonsDoing(world)
    case .quarantined:
      // A person has to look, and finds that nothing is lost.
      return ledger.held.contains(world.twilio.primary) || isPersonsDoing(world)
    case .minted, .creating, .discarding, .promoting:
      return false
    }
  }
}
