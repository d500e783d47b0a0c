import TokenRotationCore

/// One thing that can happen, and what there is then.
struct Step {
  let world: World
  /// What happens, in words; empty unless words are wanted.
  let name: String
  /// What must never happen, if it did.
  let violation: String?
  /// Whether it deletes a secondary that nobody held.
  let deletesPresumedOurs: Bool
  /// What a machine was told in it.
  let handled: World.Handled?
}

/// What can happen next in a world, in an order that is always the same.
struct Steps {
  private(set) var all: [Step] = []
  /// Whether the steps get names, which only the one who prints them needs.
  var areNamed = false

  mutating func removeAll() { all.removeAll(keepingCapacity: true) }

  /// Adds what comes of a world by a change; what that unsettles, no wait that is under way covers.
  mutating func add(
    _ name: @autoclosure () -> String, in world: World, violation: String? = nil, deletesPresumedOurs: Bool = false,
    _ change: (inout World) -> Void
  ) {
    var next = world
    change(&next)
    if next.twilio.justUnsettled != 0 {
      next.workers.first.awaitsSettling &= ~next.twilio.justUnsettled
      next.workers.second.awaitsSettling &= ~next.twilio.justUnsettled
      next.twilio.justUnsettled = 0
    }
    let handled = next.lastHandled
    next.lastHandled = nil
    all.append(
      Step(
        world: next, name: areNamed ? name() : "", violation: violation, deletesPresumedOurs: deletesPresumedOurs,
        handled: handled))
  }
}

extension Model {
  /// Finds everything that can happen next.
  func find(_ steps: inout Steps, in world: World) {
    steps.removeAll()
    for index in Workers.indices {
      if world.workers[index].isWorking {
        act(index, in: world, &steps)
        if world.budget.crashes > 0 { crash(index, in: world, &steps) }
      } else {
        beginTenure(index, in: world, &steps)
      }
    }
    if !world.twilio.late.isEmpty { lateCalls(in: world, &steps) }
    if world.budget.personActs > 0 { person(in: world, &steps) }
  }

  private func crash(_ index: Int, in world: World, _ steps: inout Steps) {
    steps.add("\(index) dies", in: world) { world in
      world.budget.crashes -= 1
      world.workers[index] = ModelWorker()
    }
    let worker = world.workers[index]
    let tenure = tenures[worker.machine]
    guard worker.isCurrent, tenure.mayRelease, !tenure.isCleaningUp else { return }
    if case .store = tenure.effect { return }
    steps.add("\(index) is cancelled", in: world) { world in
      world.budget.crashes -= 1
      world.ledger = ledgers.applying(.release(.cancelled), to: world.ledger, received: 0)
      world.workers[index] = ModelWorker()
      loseCurrency(besides: index, in: &world)
    }
  }

  // MARK: Tenures

  private func beginTenure(_ index: Int, in world: World, _ steps: inout Steps) {
    guard world.budget.tenures > 0 else { return }
    let ledger = ledgers[world.ledger]
    let isTaking = world.workers[1 - index].isWorking && ledger.isHeld
    guard !isTaking || world.budget.takeovers > 0 else { return }
    // Whoever takes over has watched the record stand still for a lease, which covers every call that was sent under it;
    // what a stalled worker sends after that is another matter, and happens below.
    guard !ledger.isHeld || world.twilio.late.isEmpty else { return }
    func begin(_ goal: RotationMachine.Goal) {
      steps.add("\(index) begins to \(goal)\(isTaking ? ", taking over" : "")", in: world) { world in
        world.budget.tenures -= 1
        if isTaking {
          world.budget.takeovers -= 1
          endLease(of: 1 - index, in: &world)
        }
        self.begin(goal, by: index, in: &world)
      }
    }
    let resumed = resumedGoal(in: world)
    begin(resumed)
    // What a host may ask for: anything but resuming and abandoning only while nobody holds the record.
    for goal in settings.goals where goal != resumed && (goal == .abandon || !ledger.isHeld) { begin(goal) }
    if world.budget.updates > 0 {
      steps.add("\(index) begins to update by hand", in: world) { world in
        world.budget.tenures -= 1
        world.budget.updates -= 1
        if isTaking { endLease(of: 1 - index, in: &world) }
        world.workers[index].received = world.twilio.primary
        self.begin(.update, by: index, in: &world)
      }
    }
  }

  /// What resuming finishes.
  func resumedGoal(in world: World) -> RotationMachine.Goal {
    switch world.goal {
    case .create: .create
    case .abandon: .abandon
    case .delete: .delete
    case .rotate, .resume, .update, nil: .resume
    }
  }

  func begin(_ goal: RotationMachine.Goal, by index: Int, in world: inout World) {
    let number = tenures.beginning(goal, on: world.ledger, of: ledgers)
    guard number != 0 else {
      world.workers[index] = ModelWorker()
      return
    }
    world.workers[index].view = world.ledger
    world.workers[index].isCurrent = true
    world.workers[index].machine = number
  }

  /// Gives a worker the event that its effect came to.
  func handle(_ event: RotationMachine.Event, by index: Int, in world: inout World) {
    let (number, event) = (world.workers[index].machine, event.number)
    guard number != 0 else { return }
    world.lastHandled = World.Handled(machine: number, event: event)
    let next = tenures.successor(of: number, after: event)
    if next == 0 { world.workers[index] = ModelWorker() } else { world.workers[index].machine = next }
  }

  // MARK: What a worker does

  func act(_ index: Int, in world: World, _ steps: inout Steps) {
    switch tenures[world.workers[index].machine].effect {
    case .store(let change): store(change, by: index, in: world, &steps)
    case .call(let call): send(call, by: index, in: world, &steps)
    case .probe(let place): probe(place, by: index, in: world, &steps)
    case .wait(let wait): self.wait(wait, by: index, in: world, &steps)
    case .finish: break
    }
  }

  private func store(_ change: RotationChange, by index: Int, in world: World, _ steps: inout Steps) {
    guard world.workers[index].isCurrent else {
      steps.add("\(index) is superseded", in: world) { handle(.superseded, by: index, in: &$0) }
      return
    }
    let violation = violation(ofStoring: change, by: world.workers[index], in: world)
    steps.add("\(index) stores \(change)", in: world, violation: violation) { world in
      apply(change, by: index, then: .stored, in: &world)
    }
    guard world.budget.storeFaults > 0 else { return }
    steps.add("\(index) cannot store \(change)", in: world) { world in
      world.budget.storeFaults -= 1
      handle(.storeFailed, by: index, in: &world)
    }
    steps.add("\(index) stores \(change), which looks like a failure", in: world, violation: violation) { world in
      world.budget.storeFaults -= 1
      apply(change, by: index, then: .storeFailed, in: &world)
    }
  }

  private func apply(
    _ change: RotationChange, by index: Int, then event: RotationMachine.Event, in world: inout World
  ) {
    let worker = world.workers[index]
    world.ledger = ledgers.applying(change, to: world.ledger, received: worker.received)
    let goal = tenures[worker.machine].goal
    if goal != .resume, goal != .update { world.goal = goal }
    let phase = ledgers[world.ledger].phase
    if phase == .idle || phase == .quarantined { world.goal = nil }
    world.workers[index].view = world.ledger
    world.workers[index].isLeaseOver = false
    if change == .takeReturned { world.workers[index].isToldOfPrimary = false }
    loseCurrency(besides: index, in: &world)
    handle(event, by: index, in: &world)
  }

  /// A worker that stalls directly before it sends a call may still send that one.
  private func endLease(of index: Int, in world: inout World) {
    world.workers[index].isLeaseOver = true
    if case .call = tenures[world.workers[index].machine].effect { world.workers[index].hasCheckedLease = true }
  }

  /// The record is no longer as the other worker knows it.
  func loseCurrency(besides index: Int, in world: inout World) {
    let other = 1 - index
    guard world.workers[other].isWorking else { return }
    world.workers[other].isCurrent = false
    if case .call = tenures[world.workers[other].machine].effect { world.workers[other].hasCheckedLease = true }
  }

  private func wait(_ wait: RotationWait, by index: Int, in world: World, _ steps: inout Steps) {
    let bit = UInt8(1) << UInt8(index)
    let settles = wait == .propagation || wait == .lateCallsAndPropagation
    let coversLateCalls = wait == .lateCalls || wait == .lateCallsAndPropagation
    let late = world.twilio.late
    let worker = world.workers[index]
    guard worker.isWaiting || worker.isSettling else {
      steps.add("\(index) begins to wait (\(wait))", in: world) { world in
        if coversLateCalls {
          world.workers[index].isWaiting = true
          for position in 0..<late.count { world.twilio.late[position].isWaitedFor |= bit }
        } else {
          settle(index, if: settles, in: &world)
        }
      }
      return
    }
    guard !worker.isWaiting || !(0..<late.count).contains(where: { late[$0].isWaitedFor & bit != 0 }) else { return }
    if worker.isWaiting, settles {
      // One wait after the other: what late calls did is older than the second one.
      steps.add("\(index) has waited for late calls", in: world) { settle(index, if: true, in: &$0) }
      return
    }
    steps.add("\(index) has waited", in: world) { world in
      world.twilio.unsettled &= ~world.workers[index].awaitsSettling
      world.workers[index].awaitsSettling = 0
      world.workers[index].isWaiting = false
      world.workers[index].isSettling = false
      handle(.waited, by: index, in: &world)
    }
  }

  private func settle(_ index: Int, if settles: Bool, in world: inout World) {
    world.workers[index].isWaiting = false
    world.workers[index].isSettling = true
    world.workers[index].awaitsSettling = settles ? world.twilio.unsettled : 0
  }
}
