extension RotationMachine {
  /// A walk through everything that we hold, in search of a token that works.
  package struct Recovery: Hashable, Sendable {
    /// What is left to ask about, the next one first.
    var places: [RotationToken]
    /// Whether this is not the first walk, with the propagation time between.
    var isRepeated = false
    /// What was accepted in the walk before, after all that comes before it was refused.
    var accepted: RotationToken?

    package var place: RotationToken { places.first ?? .current }

    init(_ ledger: RotationLedger<Mark>) {
      // The one in use first, then the younger before the older.
      places =
        [.current] + (ledger.candidate == nil ? [] : [.candidate])
        + ledger.givenUp.indices.reversed().map { .givenUp($0) }
    }

    /// Goes on with the token that Twilio named as the primary.
    init(named recovery: Recovery) {
      places = [.received]
      isRepeated = recovery.isRepeated
    }
  }

  mutating func recover() -> Effect {
    probe(.recovery(.init(ledger)))
  }

  mutating func takeRecovery(_ answer: ProbeAnswer, of recovery: Recovery) -> Effect {
    switch answer {
    case .primary where recovery.place == .current, .accepted where recovery.place == .current:
      return takeCurrentAccepted()
    case .secondary where recovery.place == .received:
      return stop(.unsettled)
    case .secondary where recovery.place == .current || recovery.accepted == recovery.place:
      // Twilio names the primary to whom it accepts.
      return probe(.recovery(.init(named: recovery)))
    case .primary, .accepted, .secondary:
      if recovery.accepted == recovery.place { return goAfterLateCalls(to: .change(.commit(recovery.place), .done)) }
      return walkAgain(after: recovery)
    case .rejected:
      return next(after: recovery)
    case .inconclusive:
      return mayAskAgain()
        ? wait(.propagation, then: .again(.recovery(.init(ledger)))) : stop(.unreachable)
    }
  }

  /// The stored token works: there is nothing to be recovered.
  private mutating func takeCurrentAccepted() -> Effect {
    switch ledger.phase {
    case .idle: finish(.done)
    case .minted where goal == .create: finish(.done)
    case .quarantined where ledger.quarantine == .nothingWorks: store(.end(nil), then: .finish(.done))
    case .quarantined: finish(.quarantined)
    case .creating, .discarding, .minted, .promoting: stop(.unsettled)
    }
  }

  /// Asks once more before another token takes the place of the current one: neither what refuses that one nor what
  /// accepts this one is believed before it was said twice.
  private mutating func walkAgain(after recovery: Recovery) -> Effect {
    guard mayAskAgain() else { return stop(.unsettled) }
    var again = recovery.place == .received ? recovery : Recovery(ledger)
    again.isRepeated = true
    again.accepted = recovery.place
    return wait(.propagation, then: .again(.recovery(again)))
  }

  private mutating func next(after recovery: Recovery) -> Effect {
    if recovery.place == .received {
      // What was named as the primary does not work, so it was named by a node that is behind.
      return mayAskAgain() ? wait(.propagation, then: .again(.recovery(.init(ledger)))) : stop(.unsettled)
    }
    var rest = recovery
    rest.places.removeFirst()
    if !rest.places.isEmpty { return probe(.recovery(rest)) }
    if !recovery.isRepeated {
      var again = Recovery(ledger)
      again.isRepeated = true
      return wait(.propagation, then: .again(.recovery(again)))
    }
    if ledger.phase == .quarantined { return finish(.quarantined) }
    return goAfterLateCalls(to: .change(.quarantine(.nothingWorks), .quarantined))
  }

  mutating func takeReceived(_ answer: ProbeAnswer) -> Effect {
    switch answer {
    case .primary, .accepted: store(.replaceCurrent, then: .finish(.done))
    case .secondary, .rejected: stop(.tokenRejected)
    case .inconclusive: stop(.unreachable)
    }
  }

  /// Sends an answer to whatever asked for it.
  mutating func take(_ answer: ProbeAnswer, of probe: Probe) -> Effect {
    switch probe {
    case .pair(let pair): takePair(answer, of: pair)
    case .promoted(let before, let saysNoSecondary):
      takePromoted(answer, before: before, saysNoSecondary: saysNoSecondary)
    case .discarding(let index, let before): takeDiscarding(answer, index: index, before: before)
    case .discarded(let index, let before): takeDiscarded(answer, index: index, before: before)
    case .owned(let index, let wasAccepted): takeOwned(answer, index: index, wasAccepted: wasAccepted)
    case .rival(let index, let wasAccepted, let purpose):
      takeRival(answer, index: index, wasAccepted: wasAccepted, purpose)
    case .named(let wasAccepted, let purpose): takeNamed(answer, wasAccepted: wasAccepted, purpose)
    case .caller(let call, let wasRejected): takeCaller(answer, of: call, wasRejected: wasRejected)
    case .received: takeReceived(answer)
    case .recovery(let recovery): takeRecovery(answer, of: recovery)
    }
  }
}
