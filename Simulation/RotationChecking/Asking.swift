import TokenRotationCore

// Calls and questions to Twilio.
extension Model {
  // MARK: Calls

  func send(_ call: RotationCall, by index: Int, in world: World, _ steps: inout Steps) {
    let worker = world.workers[index]
    guard worker.isCurrent || worker.hasCheckedLease else {
      // The lease no longer covers the call, so it is not sent, and the tenure is over.
      steps.add("\(index) finds its lease gone", in: world) { $0.workers[index] = ModelWorker() }
      return
    }
    guard !worker.isLeaseOver || worker.hasCheckedLease else {
      steps.add("\(index) renews its lease", in: world) { world in
        world.workers[index].isLeaseOver = false
        loseCurrency(besides: index, in: &world)
      }
      return
    }
    let caller = ledgers.token(call.caller, in: worker.view, received: worker.received)
    let truth = world.twilio.accepts(caller)
    send(call, as: caller, accepted: truth, isStale: false, by: index, in: world, &steps)
    if canBeStale(caller, in: world) {
      send(call, as: caller, accepted: !truth, isStale: true, by: index, in: world, &steps)
    }
    if world.budget.lostAnswers > 0 {
      for answer in [CallAnswer.unknown, .tryLater, .refused] {
        steps.add("\(index) sends \(call): \(answer), not done", in: world) { world in
          world.budget.lostAnswers -= 1
          self.answer(answer, 0, by: index, in: &world)
        }
      }
    }
    if world.budget.lateCalls > 0 {
      let late = LateCall(
        call: call, caller: caller, sender: index, isByWord: isByWord(worker),
        isOfStalled: !worker.isCurrent || worker.isLeaseOver,
        isOvertakenByPerson: worker.isOvertakenByPerson || isSentWithPersonsPrimary(call, caller, worker, in: world))
      steps.add("\(index) sends \(call): late", in: world) { world in
        world.budget.lateCalls -= 1
        world.twilio.late.append(late)
        answer(.unknown, 0, by: index, in: &world)
      }
    }
  }

  private func send(
    _ call: RotationCall, as caller: ModelToken, accepted: Bool, isStale: Bool, by index: Int, in world: World,
    _ steps: inout Steps
  ) {
    let worker = world.workers[index]
    guard accepted else {
      steps.add("\(index) sends \(call): unauthorized\(isStale ? ", wrongly" : "")", in: world) { world in
        if isStale { world.budget.staleAnswers -= 1 }
        answer(.unauthorized, 0, by: index, in: &world)
      }
      return
    }
    let isExcused =
      worker.isOvertakenByPerson || (isStale && isTooYoung(call))
      || isSentWithPersonsPrimary(call, caller, worker, in: world)
    let violation = isExcused ? nil : violation(ofApplying: call, by: worker, in: world)
    let secondary = world.twilio.secondary
    let deletesPresumedOurs =
      call == .delete && secondary != 0 && !isByWord(worker) && secondary != worker.received
      && !ledgers[world.ledger].held.contains(secondary)
    steps.add(
      "\(index) sends \(call): answered\(isStale ? ", dead token accepted" : "")", in: world, violation: violation,
      deletesPresumedOurs: deletesPresumedOurs
    ) { world in
      if isStale { world.budget.staleAnswers -= 1 }
      if isExcused { world.excuse(call) }
      let (answer, token) = world.twilio.apply(call)
      let isOther = call == .promote && answer == .done && token != ledgers[worker.view].candidate
      self.answer(isOther ? .doneOther : answer, token, by: index, in: &world)
    }
    guard world.budget.lostAnswers > 0 else { return }
    steps.add("\(index) sends \(call): done, answer lost", in: world, violation: violation) { world in
      if isStale { world.budget.staleAnswers -= 1 }
      world.budget.lostAnswers -= 1
      if isExcused { world.excuse(call) }
      _ = world.twilio.apply(call)
      answer(.unknown, 0, by: index, in: &world)
    }
  }

  /// Whether no node that still accepts the caller, which is dead, knows of the secondary that a call is about.
  ///
  /// A token with which a deletion is sent dies by a promotion, so what is there to be deleted is younger than that.
  func isTooYoung(_ call: RotationCall) -> Bool { call == .delete }

  /// Whether a promotion is authenticated with what a person has made the primary, and promotes whatever there is.
  ///
  /// No protocol can prevent that if the person did it too lately to be known everywhere, or while the worker stalled past
  /// its lease.
  private func isSentWithPersonsPrimary(
    _ call: RotationCall, _ caller: ModelToken, _ worker: ModelWorker, in world: World
  ) -> Bool {
    call == .promote && world.twilio.persons.contains(caller)
      && (!worker.isCurrent || worker.isLeaseOver || world.twilio.isUnsettled(caller))
  }

  /// Whether what a worker deletes is deleted by the word of a person.
  func isByWord(_ worker: ModelWorker) -> Bool { worker.isWorking && tenures[worker.machine].goal == .delete }

  private func answer(_ answer: CallAnswer, _ token: ModelToken, by index: Int, in world: inout World) {
    world.workers[index].hasCheckedLease = false
    if token != 0 { world.workers[index].received = token }
    if answer == .doneOther { world.workers[index].isToldOfPrimary = true }
    handle(.answered(answer), by: index, in: &world)
  }

  // MARK: Questions

  func probe(_ place: RotationToken, by index: Int, in world: World, _ steps: inout Steps) {
    let worker = world.workers[index]
    let token = ledgers.token(place, in: worker.view, received: worker.received)
    let truth = world.twilio.accepts(token)
    probe(place, token, accepted: truth, isStale: false, by: index, in: world, &steps)
    if canBeStale(token, in: world) {
      probe(place, token, accepted: !truth, isStale: true, by: index, in: world, &steps)
    }
    if world.budget.lostAnswers > 0 {
      steps.add("\(index) asks about \(place) (\(token)): no answer", in: world) { world in
        world.budget.lostAnswers -= 1
        handle(.probed(.inconclusive), by: index, in: &world)
      }
    }
  }

  private func probe(
    _ place: RotationToken, _ token: ModelToken, accepted: Bool, isStale: Bool, by index: Int, in world: World,
    _ steps: inout Steps
  ) {
    guard accepted else {
      steps.add("\(index) asks about \(place) (\(token)): rejected\(isStale ? ", wrongly" : "")", in: world) { world in
        if isStale { world.budget.staleAnswers -= 1 }
        hear(.rejected, of: place, isStale: isStale, by: index, in: &world)
      }
      return
    }
    func hearRole(_ role: Role, isStale: Bool) {
      let cost: UInt8 = isStale ? 1 : 0
      guard world.budget.staleAnswers >= cost else { return }
      steps.add("\(index) asks about \(place) (\(token)): \(role.answer)\(isStale ? ", stale" : "")", in: world) {
        world in
        world.budget.staleAnswers -= cost
        if role.named != 0, role.answer == .secondary { world.workers[index].received = role.named }
        hear(role.answer, of: place, isStale: isStale, by: index, in: &world)
      }
    }
    let role = self.role(of: token, where: world.twilio.primary)
    hearRole(role, isStale: isStale)
    guard world.twilio.formerPrimary != 0, world.twilio.isUnsettled(world.twilio.primary) else { return }
    let formerRole = self.role(of: token, where: world.twilio.formerPrimary)
    if formerRole != role { hearRole(formerRole, isStale: true) }
  }

  private func hear(
    _ answer: ProbeAnswer, of place: RotationToken, isStale: Bool, by index: Int, in world: inout World
  ) {
    // What is out of date was as good as asked before the person acted.
    if place != .current, !isStale { world.workers[index].isOvertakenByPerson = false }
    handle(.probed(answer), by: index, in: &world)
  }

  /// Whether a token's standing may be told as it was before.
  func canBeStale(_ token: ModelToken, in world: World) -> Bool {
    token != 0 && world.budget.staleAnswers > 0 && world.twilio.isUnsettled(token)
  }

  /// What the account says of its primary to a token that it accepts, and which token it names.
  private struct Role: Equatable {
    let answer: ProbeAnswer
    var named: ModelToken = 0
  }

  private func role(of token: ModelToken, where primary: ModelToken) -> Role {
    if token == primary { return Role(answer: settings.tellsPrimary ? .primary : .accepted) }
    return settings.tellsSecondary ? Role(answer: .secondary, named: primary) : Role(answer: .accepted)
  }
}
