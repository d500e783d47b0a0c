import TokenRotationCore

extension World {
  // MARK: Calls

  func send(_ call: RotationCall, by index: Int, _ steps: inout [Step]) {
    let worker = workers[index]
    guard worker.isCurrent || worker.hasCheckedLease else {
      // The lease no longer covers the call, so it is not sent, and the tenure is over.
      steps.append(step("\(index) finds its lease gone") { $0.workers[index] = ModelWorker() })
      return
    }
    let caller = call == .promote ? worker.view.candidate ?? 0 : worker.view.current
    for isAccepted in standings(of: caller) {
      let isStale = isAccepted != twilio.accepts(caller)
      guard isAccepted else {
        steps.append(
          step("\(index) sends \(call): unauthorized\(isStale ? ", wrongly" : "")") { world in
            if isStale { world.budget.staleAnswers -= 1 }
            world.answer(.unauthorized, 0, by: index)
          })
        continue
      }
      var done = step("\(index) sends \(call): answered\(isStale ? ", dead token accepted" : "")") { world in
        if isStale { world.budget.staleAnswers -= 1 }
        world.excuse(call, by: index)
        let (answer, token) = world.twilio.apply(call)
        let isOther = call == .promote && answer == .done && token != worker.view.candidate
        world.answer(isOther ? .doneOther : answer, token, by: index)
      }
      done.violation = violation(ofApplying: call, by: worker)
      done.deletesPresumedOurs =
        call == .delete && twilio.secondary != 0 && !worker.isByWord && twilio.secondary != worker.received
        && !held.contains(twilio.secondary)
      steps.append(done)
      guard budget.lostAnswers > 0 else { continue }
      var lost = step("\(index) sends \(call): done, answer lost") { world in
        if isStale { world.budget.staleAnswers -= 1 }
        world.budget.lostAnswers -= 1
        world.excuse(call, by: index)
        _ = world.twilio.apply(call)
        world.answer(.unknown, 0, by: index)
      }
      lost.violation = violation(ofApplying: call, by: worker)
      steps.append(lost)
    }
    if budget.lostAnswers > 0 {
      for answer in [CallAnswer.unknown, .tryLater, .refused] {
        steps.append(
          step("\(index) sends \(call): \(answer), not done") { world in
            world.budget.lostAnswers -= 1
            world.answer(answer, 0, by: index)
          })
      }
    }
    if budget.lateCalls > 0 {
      steps.append(
        step("\(index) sends \(call): late") { world in
          world.budget.lateCalls -= 1
          world.twilio.late.append(.init(call: call, caller: caller, sender: index, isByWord: worker.isByWord))
          world.answer(.unknown, 0, by: index)
        })
    }
  }

  /// Counts what is promoted on evidence that a person overtook as that person's doing.
  private mutating func excuse(_ call: RotationCall, by index: Int) {
    guard call == .promote, workers[index].isOvertakenByPerson else { return }
    twilio.persons |= 1 << UInt32(twilio.secondary)
  }

  private mutating func answer(_ answer: CallAnswer, _ token: ModelToken, by index: Int) {
    workers[index].hasCheckedLease = false
    if token != 0 { workers[index].received = token }
    handle(.answered(answer), by: index)
  }

  // MARK: Questions

  func probe(_ place: RotationToken, by index: Int, _ steps: inout [Step]) {
    let worker = workers[index]
    let token = worker.view.token(place, received: worker.received) ?? 0
    for isAccepted in standings(of: token) {
      let isStale = isAccepted != twilio.accepts(token)
      guard isAccepted else {
        steps.append(
          step("\(index) asks about \(place) (\(token)): rejected\(isStale ? ", wrongly" : "")") { world in
            if isStale { world.budget.staleAnswers -= 1 }
            world.hear(.rejected, of: place, by: index)
          })
        continue
      }
      for (answer, named, isStaleRole) in roles(of: token) {
        let cost: UInt8 = (isStale || isStaleRole) ? 1 : 0
        guard budget.staleAnswers >= cost else { continue }
        steps.append(
          step("\(index) asks about \(place) (\(token)): \(answer)\(cost > 0 ? ", stale" : "")") { world in
            world.budget.staleAnswers -= cost
            if named != 0, answer == .secondary { world.workers[index].received = named }
            world.hear(answer, of: place, by: index)
          })
      }
    }
    if budget.lostAnswers > 0 {
      steps.append(
        step("\(index) asks about \(place) (\(token)): no answer") { world in
          world.budget.lostAnswers -= 1
          world.handle(.probed(.inconclusive), by: index)
        })
    }
  }

  private mutating func hear(_ answer: ProbeAnswer, of place: RotationToken, by index: Int) {
    if place != .current { workers[index].isOvertakenByPerson = false }
    handle(.probed(answer), by: index)
  }

  /// Whether a token is accepted: as it is, and the other way while not every node knows.
  private func standings(of token: ModelToken) -> [Bool] {
    let truth = twilio.accepts(token)
    return token != 0 && twilio.isUnsettled(token) && budget.staleAnswers > 0 ? [truth, !truth] : [truth]
  }

  /// What the account says of its primary to a token that it accepts, and which token it names.
  private func roles(of token: ModelToken) -> [(ProbeAnswer, ModelToken, Bool)] {
    func answer(primary: ModelToken) -> (ProbeAnswer, ModelToken) {
      if token == primary { return settings.tellsPrimary ? (.primary, 0) : (.accepted, 0) }
      return settings.tellsSecondary ? (.secondary, primary) : (.accepted, 0)
    }
    let truth = answer(primary: twilio.primary)
    var answers = [(truth.0, truth.1, false)]
    if twilio.formerPrimary != 0, twilio.isUnsettled(twilio.primary) {
      let stale = answer(primary: twilio.formerPrimary)
      if stale != truth { answers.append((stale.0, stale.1, true)) }
    }
    return answers
  }
}
