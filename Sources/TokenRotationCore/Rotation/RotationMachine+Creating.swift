// Creating a secondary, and deleting one that nobody holds or that was given up.
extension RotationMachine {
  /// Goes on with a record that was taken over, from the phase that it was left in.
  mutating func resume() -> Effect {
    switch ledger.phase {
    case .creating:
      wantsNone ? abandonCreating() : go(to: .create)
    case .discarding:
      // What was to be deleted by somebody's word is deleted for nothing else: a secondary that is there now need not
      // be the one that was meant.
      isGroundless && goal != .delete ? wait(.lateCalls, then: .recreate) : deleteAgain()
    case .minted:
      wantsNone ? probe(.pair(.init(.takenOver))) : go(to: .kept)
    case .promoting:
      probe(.pair(.init(.takenOver)))
    case .idle, .quarantined:
      finish(.stopped(.inconsistent))
    }
  }

  private var wantsNone: Bool { goal == .abandon || goal == .delete }

  /// Whether nothing says that a secondary at Twilio is ours.
  private var isGroundless: Bool { ledger.givenUp.isEmpty && !ledger.unknownCreate.isNoted }

  /// Goes on with a candidate that is stored.
  mutating func keptCandidate() -> Effect {
    guard goal == .create else { return wait(.readers, then: .readyToProve) }
    return goAfterLateCalls(to: .leave)
  }

  /// Ends the tenure with the candidate stored.
  mutating func leave() -> Effect {
    mayRelease ? store(.release(nil), then: .finish(.done)) : finish(.done)
  }

  mutating func takeCreate(_ answer: CallAnswer) -> Effect {
    switch answer {
    case .done:
      // Never delayed: until it is stored, the token is in this process only.
      store(
        .keep(
          settlesInterruption: !isSuccessor, releases: goal == .create && !hasUnknownCall && !hasStalledPredecessor),
        then: .kept)
    case .doneUnseen:
      // It is ours for certain, and of no use.
      mayCallAgain() ? store(.noteUnknownCreate, then: .discard) : endCreating(.tokenNotReturned)
    case .secondaryExists:
      takeSecondaryExists()
    case .unknown:
      takeUnknownCreate()
    case .unauthorized:
      probe(.caller(.create, wasRejected: false))
    case .tryLater:
      mayTryLater() ? wait(.pause, then: .createNow) : endCreating(.refused)
    case .refused, .noSecondary, .doneOther:
      endCreating(.refused)
    }
  }

  private mutating func takeSecondaryExists() -> Effect {
    switch ledger.unknownCreate {
    case .none:
      ledger.givenUp.isEmpty
        ? endCreating(.secondaryExists) : probe(.owned(index: ledger.givenUp.count - 1, wasAccepted: nil))
    case .noted, .notedAndInterrupted:
      go(to: .discard)
    case .interrupted:
      // It may be the interrupted worker's or a person's, and nothing tells which.
      store(.quarantine(.interruptedCreate), then: .finish(.quarantined))
    }
  }

  private mutating func takeUnknownCreate() -> Effect {
    let next: Next = mayCallAgain() ? .createNow : .change(.end(.unreachable), .ended(.unreachable))
    if ledger.unknownCreate.isNoted { return next == .createNow ? go(to: next) : goAfterLateCalls(to: next) }
    return store(.noteUnknownCreate, then: next)
  }

  /// Ends the rotation before there was a candidate.
  mutating func endCreating(_ reason: RotationStop) -> Effect {
    goAfterLateCalls(to: .change(.end(reason), .ended(reason)))
  }

  private mutating func abandonCreating() -> Effect {
    switch ledger.unknownCreate {
    case .noted, .notedAndInterrupted: go(to: .discard)
    case .none where goal == .abandon, .interrupted where goal == .abandon:
      wait(.lateCalls, then: .change(.end(nil), .done))
    case .none, .interrupted: wait(.lateCalls, then: .discard)
    }
  }

  /// Whether a secondary that is in the way is one of those that were given up.
  ///
  /// Each answer has to come twice: a token that is dead may be accepted for a while, even as the primary that it was, and
  /// what would be deleted then is somebody else's.
  mutating func takeOwned(_ answer: ProbeAnswer, index: Int, wasAccepted: Bool?) -> Effect {
    switch (answer, wasAccepted) {
    case (.primary, true):
      goAfterLateCalls(to: .change(.commit(.givenUp(index)), .done))
    case (.secondary, true), (.accepted, true):
      go(to: .discard)
    case (.rejected, false):
      index > 0 ? probe(.owned(index: index - 1, wasAccepted: nil)) : endCreating(.secondaryExists)
    case (.primary, _), (.secondary, _), (.accepted, _):
      askAgainOwned(index, wasAccepted: true)
    case (.rejected, _):
      askAgainOwned(index, wasAccepted: false)
    case (.inconclusive, _):
      mayAskAgain()
        ? wait(.propagation, then: .again(.owned(index: index, wasAccepted: nil))) : endCreating(.unreachable)
    }
  }

  private mutating func askAgainOwned(_ index: Int, wasAccepted: Bool) -> Effect {
    mayAskAgain()
      ? wait(.propagation, then: .again(.owned(index: index, wasAccepted: wasAccepted))) : endCreating(.unsettled)
  }

  // MARK: Deleting

  mutating func takeDelete(_ answer: CallAnswer) -> Effect {
    switch answer {
    case .done, .doneUnseen:
      // A worker that stalled with the given-up candidate in its hands now holds a dead token.
      ledger.givenUp.isEmpty || !(hasStalledPredecessor || findsGivenUp)
        ? goAfterLateCalls(to: .recreate) : wait(.lateCallsAndPropagation, then: .recreate)
    case .noSecondary:
      // Deleted before, or promoted before: then the given-up candidate is the primary.
      ledger.givenUp.isEmpty
        ? goAfterLateCalls(to: .recreate)
        : probe(.discarded(index: ledger.givenUp.count - 1, before: nil))
    case .unknown:
      mayCallAgain() ? deleteAgain() : stop(.unreachable)
    case .unauthorized:
      probe(.caller(.delete, wasRejected: false))
    case .tryLater:
      mayTryLater() ? wait(.pause, then: .deleteAgain) : stop(.refused)
    case .refused, .secondaryExists, .doneOther:
      stop(.refused)
    }
  }

  /// Deletes where that may have been done before: a secondary that came since would not be ours.
  mutating func deleteAgain() -> Effect {
    ledger.givenUp.isEmpty
      ? call(.delete) : probe(.discarding(index: ledger.givenUp.count - 1, before: nil))
  }

  /// Whether the candidate that was given up is still there to be deleted.
  ///
  /// Each answer has to come twice. Where the primary is not named, the candidate may have been promoted meanwhile, and
  /// the current token, with which it would be deleted, be dead.
  mutating func takeDiscarding(_ answer: ProbeAnswer, index: Int, before: ProbeAnswer?) -> Effect {
    switch answer {
    case .primary where before == .primary:
      goAfterLateCalls(to: .change(.commit(.givenUp(index)), .done))
    case .secondary where before == .secondary, .accepted where before == .accepted:
      call(.delete)
    case .rejected where before == .rejected:
      wait(.lateCallsAndPropagation, then: .recreate)
    case .rejected where before == nil:
      wait(.lateCallsAndPropagation, then: .again(.discarding(index: index, before: answer)))
    case .primary, .secondary, .accepted, .rejected:
      mayAskAgain()
        ? wait(.propagation, then: .again(.discarding(index: index, before: answer))) : stop(.unsettled)
    case .inconclusive:
      mayAskAgain()
        ? wait(.propagation, then: .again(.discarding(index: index, before: nil))) : stop(.unreachable)
    }
  }

  /// Whether the candidate that was given up is dead, as it must be before another one is created.
  mutating func takeDiscarded(_ answer: ProbeAnswer, index: Int, before: ProbeAnswer?) -> Effect {
    switch answer {
    case .primary where before == .primary, .accepted where before == .accepted:
      goAfterLateCalls(to: .change(.commit(.givenUp(index)), .done))
    case .rejected where before == .rejected:
      wait(.lateCallsAndPropagation, then: .recreate)
    case .primary, .accepted, .rejected:
      mayAskAgain()
        ? wait(.lateCallsAndPropagation, then: .again(.discarded(index: index, before: answer)))
        : stop(.unsettled)
    case .secondary:
      // Not deleted after all, or not known everywhere.
      mayAskAgain() ? wait(.propagation, then: .delete) : stop(.unsettled)
    case .inconclusive:
      mayAskAgain()
        ? wait(.propagation, then: .again(.discarded(index: index, before: nil))) : stop(.unreachable)
    }
  }

  /// Creates again after a deletion, if a candidate is what is wanted.
  mutating func recreate() -> Effect {
    switch goal {
    case .abandon, .delete: store(.end(nil), then: .finish(.done))
    case .rotate, .create, .resume: store(.intendToCreate, then: .create)
    case .update: finish(.stopped(.inconsistent))
    }
  }

  // MARK: A caller that was refused

  mutating func takeCaller(_ answer: ProbeAnswer, of call: RotationCall, wasRejected: Bool) -> Effect {
    switch answer {
    case .primary, .secondary, .accepted:
      // The refusal was none, or is over.
      mayAskAgain() ? wait(.propagation, then: .again(call)) : stop(.unsettled)
    case .rejected where wasRejected:
      recover()
    case .rejected:
      wait(.propagation, then: .again(.caller(call, wasRejected: true)))
    case .inconclusive:
      mayAskAgain()
        ? wait(.propagation, then: .again(.caller(call, wasRejected: false))) : stop(.unreachable)
    }
  }
}

extension RotationMachine.Next {
  fileprivate static func again(_ call: RotationCall) -> Self {
    switch call {
    case .create: .createNow
    case .delete: .delete
    case .promote: .promote
    }
  }
}
