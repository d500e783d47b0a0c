import TokenRotationCore

/// One thing that can happen, and what there is then.
struct Step: Sendable {
  let name: String
  let world: World
  /// What must never happen, if it did.
  var violation: String?
  /// Whether it deletes a secondary that nobody held.
  var deletesPresumedOurs = false
  /// What a machine was told in it.
  var handled: World.Handled?
}

extension World {
  /// Everything that can happen next.
  func steps() -> [Step] {
    var steps: [Step] = []
    for index in workers.indices {
      if workers[index].machine != nil {
        act(index, &steps)
        if budget.crashes > 0 { crash(index, &steps) }
      } else {
        beginTenure(index, &steps)
      }
    }
    lateCalls(&steps)
    person(&steps)
    return steps
  }

  private func crash(_ index: Int, _ steps: inout [Step]) {
    steps.append(
      step("\(index) dies") { world in
        world.budget.crashes -= 1
        world.workers[index] = ModelWorker()
      })
    let worker = workers[index]
    guard worker.isCurrent, let machine = worker.machine, machine.mayRelease, !machine.isCleaningUp else { return }
    if case .store = worker.effect { return }
    steps.append(
      step("\(index) is cancelled") { world in
        world.budget.crashes -= 1
        world.ledger = world.ledger.applying(.release(.cancelled)) { token, _ in token }
        world.workers[index] = ModelWorker()
        world.loseCurrency(besides: index)
      })
  }

  /// This world with something changed; what that unsettles, no wait that is under way covers.
  func step(_ name: String, _ change: (inout World) -> Void) -> Step {
    var next = self
    change(&next)
    for index in next.workers.indices { next.workers[index].awaitsSettling &= ~next.twilio.justUnsettled }
    next.twilio.justUnsettled = 0
    let handled = next.lastHandled
    next.lastHandled = nil
    return Step(name: name, world: next, handled: handled)
  }

  // MARK: Tenures

  private func beginTenure(_ index: Int, _ steps: inout [Step]) {
    guard budget.tenures > 0 else { return }
    let isTaking = workers[1 - index].machine != nil && ledger.isHeld
    guard !isTaking || budget.takeovers > 0 else { return }
    // Whoever takes over has watched the record stand still for a lease, which covers every call that was sent under it;
    // what a stalled worker sends after that is another matter, and happens below.
    guard !ledger.isHeld || twilio.late.isEmpty else { return }
    for goal in goals() {
      steps.append(
        step("\(index) begins to \(goal)\(isTaking ? ", taking over" : "")") { world in
          world.budget.tenures -= 1
          if isTaking { world.budget.takeovers -= 1 }
          world.begin(goal, by: index)
        })
    }
    if budget.updates > 0, twilio.primary != ledger.current {
      steps.append(
        step("\(index) begins to update by hand") { world in
          world.budget.tenures -= 1
          world.budget.updates -= 1
          world.workers[index].received = world.twilio.primary
          world.begin(.update, by: index)
        })
    }
  }

  /// What a host may ask for: anything but resuming and abandoning only while nobody holds the record.
  private func goals() -> [RotationMachine.Goal] {
    let others = settings.goals.filter { goal in goal == .abandon || !ledger.isHeld }
    return [resumedGoal] + others.filter { $0 != resumedGoal }
  }

  /// What resuming finishes.
  var resumedGoal: RotationMachine.Goal {
    switch goal {
    case .create: .create
    case .abandon: .abandon
    case .delete: .delete
    case .rotate, .resume, .update, nil: .resume
    }
  }

  mutating func begin(_ goal: RotationMachine.Goal, by index: Int) {
    var machine = RotationMachine(goal, on: ledger.map { _, _ in .init() })
    workers[index].view = ledger
    workers[index].isCurrent = true
    workers[index].effect = machine.begin()
    workers[index].machine = machine
    settleFinished(index)
  }

  /// Gives a worker the event that its effect came to.
  mutating func handle(_ event: RotationMachine.Event, by index: Int) {
    if let machine = workers[index].machine {
      lastHandled = Handled(step: Coverage.name(machine.step), event: Coverage.name(event))
    }
    workers[index].effect = workers[index].machine?.handle(event)
    settleFinished(index)
  }

  private mutating func settleFinished(_ index: Int) {
    if case .finish = workers[index].effect { workers[index] = ModelWorker() }
  }

  // MARK: What a worker does

  private func act(_ index: Int, _ steps: inout [Step]) {
    switch workers[index].effect {
    case .store(let change): store(change, by: index, &steps)
    case .call(let call): send(call, by: index, &steps)
    case .probe(let place): probe(place, by: index, &steps)
    case .wait(let wait): self.wait(wait, by: index, &steps)
    case .finish, nil: break
    }
  }

  private func store(_ change: RotationChange, by index: Int, _ steps: inout [Step]) {
    let worker = workers[index]
    guard worker.isCurrent else {
      steps.append(step("\(index) is superseded") { $0.handle(.superseded, by: index) })
      return
    }
    var stored = step("\(index) stores \(change)") { $0.apply(change, by: index, then: .stored) }
    stored.violation = violation(ofStoring: change)
    steps.append(stored)
    guard budget.storeFaults > 0 else { return }
    steps.append(
      step("\(index) cannot store \(change)") { world in
        world.budget.storeFaults -= 1
        world.handle(.storeFailed, by: index)
      })
    var lost = step("\(index) stores \(change), which looks like a failure") { world in
      world.budget.storeFaults -= 1
      world.apply(change, by: index, then: .storeFailed)
    }
    lost.violation = violation(ofStoring: change)
    steps.append(lost)
  }

  private mutating func apply(_ change: RotationChange, by index: Int, then event: RotationMachine.Event) {
    let worker = workers[index]
    ledger = ledger.applying(change, received: worker.received == 0 ? nil : worker.received) { token, _ in token }
    if let tenureGoal = worker.machine?.goal, tenureGoal != .resume, tenureGoal != .update { goal = tenureGoal }
    if ledger.phase == .idle || ledger.phase == .quarantined { goal = nil }
    workers[index].view = ledger
    loseCurrency(besides: index)
    handle(event, by: index)
  }

  /// The record is no longer as the other worker knows it.
  private mutating func loseCurrency(besides index: Int) {
    let other = 1 - index
    guard workers[other].machine != nil else { return }
    workers[other].isCurrent = false
    if case .call = workers[other].effect { workers[other].hasCheckedLease = true }
  }

  private func wait(_ wait: RotationWait, by index: Int, _ steps: inout [Step]) {
    let bit = UInt8(1) << UInt8(index)
    let settles = wait == .propagation || wait == .lateCallsAndPropagation
    let coversLateCalls = wait == .lateCalls || wait == .lateCallsAndPropagation
    guard workers[index].isWaiting else {
      steps.append(
        step("\(index) begins to wait (\(wait))") { world in
          world.workers[index].isWaiting = true
          world.workers[index].awaitsSettling = settles ? world.twilio.unsettled : 0
          guard coversLateCalls else { return }
          for late in world.twilio.late.indices { world.twilio.late[late].isWaitedFor |= bit }
        })
      return
    }
    guard !coversLateCalls || !twilio.late.contains(where: { $0.isWaitedFor & bit != 0 }) else { return }
    steps.append(
      step("\(index) has waited") { world in
        world.twilio.unsettled &= ~world.workers[index].awaitsSettling
        world.workers[index].awaitsSettling = 0
        world.workers[index].isWaiting = false
        world.handle(.waited, by: index)
      })
  }

  // MARK: The rest of the world

  private func lateCalls(_ steps: inout [Step]) {
    for position in twilio.late.indices {
      let late = twilio.late[position]
      steps.append(step("late \(late.call) of \(late.sender) is dropped") { _ = $0.twilio.late.remove(at: position) })
      guard twilio.accepts(late.caller) else { continue }
      var applied = step("late \(late.call) of \(late.sender) is applied") { world in
        world.twilio.late.remove(at: position)
        _ = world.twilio.apply(late.call)
      }
      if !late.isByWord { applied.violation = violation(ofApplying: late.call, by: nil) }
      steps.append(applied)
    }
  }

  private func person(_ steps: inout [Step]) {
    guard budget.personActs > 0 else { return }
    if twilio.secondary == 0 {
      steps.append(
        step("a person creates a secondary") { world in
          world.budget.personActs -= 1
          world.overtakeWorkers()
          _ = world.twilio.apply(.create)
          world.twilio.persons |= 1 << UInt32(world.twilio.secondary)
        })
    } else {
      for call in [RotationCall.delete, .promote] {
        steps.append(
          step("a person does \(call)") { world in
            world.budget.personActs -= 1
            world.overtakeWorkers()
            let promoted = world.twilio.secondary
            _ = world.twilio.apply(call)
            // Whatever a person deletes or promotes is the person's doing.
            world.twilio.persons |= 1 << UInt32(promoted)
          })
      }
    }
  }
}

extension World {
  fileprivate mutating func overtakeWorkers() {
    for index in workers.indices where workers[index].machine != nil { workers[index].isOvertakenByPerson = true }
  }
}
