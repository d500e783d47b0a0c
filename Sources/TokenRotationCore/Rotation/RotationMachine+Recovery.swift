extension RotationMachine {
  /// A walk through everything that we hold, in search of a token that works.
  package struct Recovery: Hashable, Sendable {
    /// What is left to ask about, the next one first.
    var places: [RotationToken]
    /// Whether all were refused once before, with the propagation time between.
    var isRepeated = false
    /// Whether the next one was accepted once before, with the propagation time between.
    var wasAccepted = false

    package var place: RotationToken { places.first ?? .current }

    init(_ ledger: RotationLedger<Mark>) {
      // The one in use first, then the younger before the older.
      places =
        [.current] + (ledger.candidate == nil ? [] : [.candidate])
        + ledger.givenUp.indices.reversed().map { .givenUp($0) }
    }
  }

  mutating func recover() -> Effect {
    probe(.recovery(.init(ledger)))
  }

  mutating func takeRecovery(_ answer: ProbeAnswer, of recovery: Recovery) -> Effect {
    switch answer {
    case .primary, .accepted:
      if recovery.place == .current { return takeCurrentAccepted() }
      guard recovery.wasAccepted else {
        var again = recovery
        again.wasAccepted = true
        return wait(.propagation, then: .again(.recovery(again)))
      }
      return goAfterLateCalls(to: .change(.commit(recovery.place), .done))
    case .secondary:
      // Twilio names the primary to whom it accepts.
      return recovery.place == .received ? stop(.unsettled) : takeNamedPrimary(recovery)
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
    case .quarantined where ledger.quarantine == .nothingWorks: store(.end(nil), then: .finish(.done))
    case .quarantined: finish(.quarantined)
    case .creating, .discarding, .minted, .promoting: stop(.unsettled)
    }
  }

  private mutating func takeNamedPrimary(_ recovery: Recovery) -> Effect {
    var named = recovery
    named.places = [.received]
    named.wasAccepted = false
    return probe(.recovery(named))
  }

  private mutating func next(after recovery: Recovery) -> Effect {
    var rest = recovery
    rest.places.removeFirst()
    rest.wasAccepted = false
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
    case .discarding(let index, let wasRejected): takeDiscarding(answer, index: index, wasRejected: wasRejected)
    case .discarded(let index, let before): takeDiscarded(answer, index: index, before: before)
    case .owned(let index, let wasAccepted): takeOwned(answer, index: index, wasAccepted: wasAccepted)
    case .caller(let call, let wasRejected): takeCaller(answer, of: call, wasRejected: wasRejected)
    case .received: takeReceived(answer)
    case .recovery(let recovery): takeRecovery(answer, of: recovery)
    }
  }
}
