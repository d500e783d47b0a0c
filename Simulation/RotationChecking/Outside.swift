import TokenRotationCore

// What happens without a worker doing it.
extension Model {
  func lateCalls(in world: World, _ steps: inout Steps) {
    for position in 0..<world.twilio.late.count {
      let late = world.twilio.late[position]
      steps.add("late \(late.call) of \(late.sender) is dropped", in: world) { $0.twilio.late.remove(at: position) }
      let isAccepted = world.twilio.accepts(late.caller)
      // Where it arrives, a node may not know yet that the caller is dead.
      guard isAccepted || canBeStale(late.caller, in: world) else { continue }
      let isExcused = late.isByWord || late.isOvertakenByPerson || (!isAccepted && isTooYoung(late.call))
      let violation = isExcused ? nil : violation(ofApplying: late.call, by: nil, in: world)
      let name = "late \(late.call) of \(late.sender) is applied\(isAccepted ? "" : ", dead token accepted")"
      steps.add(name, in: world, violation: violation) { world in
        if !isAccepted { world.budget.staleAnswers -= 1 }
        world.twilio.late.remove(at: position)
        if isExcused { world.excuse(late.call) }
        _ = world.twilio.apply(late.call)
        // There is room for what it creates only because a person acted.
        if !isAccepted, late.call == .create, late.isOvertakenByPerson {
          world.twilio.persons |= TokenSet(of: world.twilio.secondary)
        }
      }
    }
  }

  func person(in world: World, _ steps: inout Steps) {
    if world.twilio.secondary == 0 {
      steps.add("a person creates a secondary", in: world) { world in
        world.budget.personActs -= 1
        overtakeWorkers(in: &world)
        _ = world.twilio.apply(.create)
        world.twilio.persons |= TokenSet(of: world.twilio.secondary)
      }
    } else {
      for call in [RotationCall.delete, .promote] {
        steps.add("a person does \(call)", in: world) { world in
          world.budget.personActs -= 1
          overtakeWorkers(in: &world)
          // Whatever a person deletes or promotes is the person's doing.
          world.twilio.persons |= TokenSet(of: world.twilio.secondary)
          _ = world.twilio.apply(call)
        }
      }
    }
  }

  private func overtakeWorkers(in world: inout World) {
    if world.workers.first.isWorking { world.workers.first.isOvertakenByPerson = true }
    if world.workers.second.isWorking { world.workers.second.isOvertakenByPerson = true }
    // Once the record is let go, no call may be under way any more but a stalled worker's.
    let isHeld = ledgers[world.ledger].isHeld
    for position in 0..<world.twilio.late.count where isHeld || world.twilio.late[position].isOfStalled {
      world.twilio.late[position].isOvertakenByPerson = true
    }
  }
}

extension World {
  /// Counts what is promoted on evidence that a person overtook as that person's doing.
  mutating func excuse(_ call: RotationCall) {
    if call == .promote { twilio.persons |= TokenSet(of: twilio.secondary) }
  }
}
