// Creating a secondary, and deleting one that nobody holds or that was given up.
extension RotationMachine {
  /// Goes on with a record that was taken over, from the phase that it was left in.
  mutating func resume() -> RotationEffect {
    switch ledger.phase {
    case .creating:
      goal == .abandon ? abandonCreating() : go(to: .create)
    case .discarding:
      deleteAgain()
    case .minted:
      goal == .abandon ? probe(.pair(.init(.takenOver))) : go(to: .kept)
    case .promoting:
      probe(.pair(.init(.takenOver)))
    case .idle, .quarantined:
      finish(.stopped(.inconsistent))
    }
  }

  mutating func takeCreate(_ answer: CallAnswer) -> RotationEffect {
    switch answer {
    case .done:
      // Never delayed: until it is stored, the token is in this process only.
      store(.keep(settlesInterruption: !isSuccessor), then: .kept)
    case .doneUnseen:
      // It is ours for certain, and of no use.
      mayCallAgain() ? store(.noteUnknownCreate, then: .discard) : endCreating(.tokenNotReturned)
    case .secondaryExists:
      takeSecondaryExists()
    case .unknown:
      takeUnknownCreate()
    case .unauthorized:
      probe(.caller(.create, wasRejected: false))
    case .refused, .noSecondary, .doneOther:
      endCreating(.refused)
    }
  }

  private mutating func takeSecondaryExists() -> RotationEffect {
    switch ledger.unknownCreate {
    case .none:
      endCreating(.secondaryExists)
    case .noted:
      go(to: .discard)
    case .interrupted:
      // It may be the interrupted worker's or a person's, and nothing tells which.
      store(.quarantine(.interruptedCreate), then: .finish(.quarantined))
    }
  }

  private mutating func takeUnknownCreate() -> RotationEffect {
    let next: Next = mayCallAgain() ? .createNow : .change(.end, .ended(.unreachable))
    if ledger.unknownCreate == .noted { return next == .createNow ? go(to: next) : goAfterLateCalls(to: next) }
    return store(.noteUnknownCreate, then: next)
  }

  /// Ends the rotation before there was a candidate.
  mutating func endCreating(_ reason: RotationStop) -> RotationEffect {
    goAfterLateCalls(to: .change(.end, .ended(reason)))
  }

  private mutating func abandonCreating() -> RotationEffect {
    switch ledger.unknownCreate {
    case .noted: go(to: .discard)
    case .none, .interrupted: wait(.lateCalls, then: .change(.end, .done))
    }
  }

  // MARK: Deleting

  mutating func takeDelete(_ answer: CallAnswer) -> RotationEffect {
    switch answer {
    case .done, .doneUnseen:
      // A worker that stalled with the given-up candidate in its hands now holds a dead token.
      ledger.givenUp.isEmpty ? goAfterLateCalls(to: .recreate) : wait(.lateCallsAndPropagation, then: .recreate)
    case .noSecondary:
      // Deleted before, or promoted before: then the given-up candidate is the primary.
      ledger.givenUp.isEmpty
        ? goAfterLateCalls(to: .recreate)
        : probe(.discarded(index: ledger.givenUp.count - 1, before: nil))
    case .unknown:
      mayCallAgain() ? deleteAgain() : finish(.stopped(.unreachable))
    case .unauthorized:
      probe(.caller(.delete, wasRejected: false))
    case .refused, .secondaryExists, .doneOther:
      finish(.stopped(.refused))
    }
  }

  /// Deletes where that may have been done before: a secondary that came since would not be ours.
  private mutating func deleteAgain() -> RotationEffect {
    ledger.givenUp.isEmpty
      ? call(.delete) : probe(.discarding(index: ledger.givenUp.count - 1, wasRejected: false))
  }

  /// Whether the candidate that was given up is still there to be deleted.
  mutating func takeDiscarding(_ answer: ProbeAnswer, index: Int, wasRejected: Bool) -> RotationEffect {
    switch answer {
    case .primary:
      goAfterLateCalls(to: .change(.commit(.givenUp(index)), .done))
    case .secondary, .accepted:
      call(.delete)
    case .rejected where wasRejected:
      wait(.lateCallsAndPropagation, then: .recreate)
    case .rejected:
      wait(.lateCallsAndPropagation, then: .again(.discarding(index: index, wasRejected: true)))
    case .inconclusive:
      mayAskAgain()
        ? wait(.propagation, then: .again(.discarding(index: index, wasRejected: false)))
        : finish(.stopped(.unreachable))
    }
  }

  /// Whether the candidate that was given up is dead, as it must be before another one is created.
  mutating func takeDiscarded(_ answer: ProbeAnswer, index: Int, before: ProbeAnswer?) -> RotationEffect {
    switch answer {
    case .primary:
      goAfterLateCalls(to: .change(.commit(.givenUp(index)), .done))
    case .accepted where before == .accepted:
      goAfterLateCalls(to: .change(.commit(.givenUp(index)), .done))
    case .rejected where before == .rejected:
      wait(.lateCallsAndPropagation, then: .recreate)
    case .accepted, .rejected:
      mayAskAgain()
        ? wait(.lateCallsAndPropagation, then: .again(.discarded(index: index, before: answer)))
        : finish(.stopped(.unsettled))
    case .secondary:
      // Not deleted after all, or not known everywhere.
      mayAskAgain() ? wait(.propagation, then: .delete) : finish(.stopped(.unsettled))
    case .inconclusive:
      mayAskAgain()
        ? wait(.propagation, then: .again(.discarded(index: index, before: nil))) : finish(.stopped(.unreachable))
    }
  }

  /// Creates again after a deletion, if a candidate is what is wanted.
  mutating func recreate() -> RotationEffect {
    switch goal {
    case .abandon: store(.end, then: .finish(.done))
    case .rotate, .create, .resume: store(.intendToCreate, then: .create)
    case .update: finish(.stopped(.inconsistent))
    }
  }

  // MARK: A caller that was refused

  mutating func takeCaller(_ answer: ProbeAnswer, of call: RotationCall, wasRejected: Bool) -> RotationEffect {
    switch answer {
    case .primary, .secondary, .accepted:
      // The refusal was none, or is over.
      mayAskAgain() ? wait(.propagation, then: .again(call)) : finish(.stopped(.unsettled))
    case .rejected where wasRejected:
      recover()
    case .rejected:
      wait(.propagation, then: .again(.caller(call, wasRejected: true)))
    case .inconclusive:
      mayAskAgain()
        ? wait(.propagation, then: .again(.caller(call, wasRejected: false))) : finish(.stopped(.unreachable))
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
