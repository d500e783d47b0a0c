extension RotationMachine {
  /// Candidate and current token, asked about one directly after the other.
  package struct PairProbe: Hashable, Sendable {
    /// What the answer decides.
    package enum Purpose: String, Hashable, Sendable {
      /// Whether to intend the promotion.
      case beforePromoting
      /// Whether a promotion of this tenure was applied.
      case afterPromoting
      /// Whether one of an interrupted worker was applied.
      case takenOver
    }

    /// What one round of questions came to.
    struct Round: Hashable, Sendable {
      let candidateIsRejected: Bool
      let currentIsRejected: Bool
    }

    package var purpose: Purpose
    /// What was said of the candidate in this round; nil until it was asked about.
    var candidate: ProbeAnswer?
    /// The round before, with the propagation time between; nil if there was none.
    var before: Round?

    init(_ purpose: Purpose, after before: Round? = nil) {
      self.purpose = purpose
      self.before = before
    }
  }

  // MARK: Promoting

  mutating func takePromote(_ answer: CallAnswer) -> Effect {
    switch answer {
    case .done, .doneUnseen:
      // Late calls first, so that the proof comes directly before the commit.
      goAfterLateCalls(to: .again(.promoted(before: nil, saysNoSecondary: false)))
    case .doneOther:
      store(.takeReturned, then: .again(.promoted(before: nil, saysNoSecondary: false)))
    case .noSecondary:
      goAfterLateCalls(to: .again(.promoted(before: nil, saysNoSecondary: true)))
    case .unauthorized:
      askWhetherPromoted()
    case .unknown:
      takeUnknownPromote()
    case .tryLater where mayTryLater():
      // After any wait both tokens are asked about again.
      wait(.pause, then: .prove(.afterPromoting))
    case .tryLater, .refused, .secondaryExists:
      hasUnknownCall ? askWhetherPromoted() : go(to: .returnToMinted(.refused))
    }
  }

  /// Asks about both tokens once no promotion that was sent can be applied any more, and all nodes know of one that was.
  ///
  /// The promotion is repeated if both are accepted then. Were one repeated that was done, it would be authenticated with
  /// the primary, and could promote whatever secondary somebody else created meanwhile.
  private mutating func askWhetherPromoted() -> Effect {
    hasUnknownCall
      ? wait(.lateCallsAndPropagation, then: .prove(.afterPromoting)) : probe(.pair(.init(.afterPromoting)))
  }

  private mutating func takeUnknownPromote() -> Effect {
    noteUnknownCall()
    return probe(.pair(.init(.afterPromoting)))
  }

  mutating func takePromoted(_ answer: ProbeAnswer, before: ProbeAnswer?, saysNoSecondary: Bool) -> Effect {
    switch answer {
    case .primary:
      goAfterLateCalls(to: .change(.commit(.candidate), .done))
    case .accepted where !saysNoSecondary || before == .accepted:
      goAfterLateCalls(to: .change(.commit(.candidate), .done))
    case .rejected where before == .rejected:
      askWhetherPromoted()
    case .secondary where saysNoSecondary && before == .secondary:
      // It authenticated, there is no secondary, and it is said not to be the primary, again and again.
      store(.quarantine(.contradiction), then: .finish(.quarantined))
    case .accepted, .rejected, .secondary:
      mayAskAgain()
        ? wait(.propagation, then: .again(.promoted(before: answer, saysNoSecondary: saysNoSecondary)))
        : stop(.unsettled)
    case .inconclusive:
      mayAskAgain()
        ? wait(.propagation, then: .again(.promoted(before: nil, saysNoSecondary: saysNoSecondary)))
        : stop(.unreachable)
    }
  }

  // MARK: Both tokens

  mutating func takePair(_ answer: ProbeAnswer, of pair: PairProbe) -> Effect {
    var pair = pair
    guard let candidate = pair.candidate else {
      switch answer {
      case .primary:
        return goAfterLateCalls(to: .change(.commit(.candidate), .done))
      case .inconclusive:
        return askAgain(.pair(.init(pair.purpose)))
      case .secondary, .accepted, .rejected:
        pair.candidate = answer
        return probe(.pair(pair))
      }
    }
    if answer == .inconclusive { return askAgain(.pair(.init(pair.purpose))) }
    let round = PairProbe.Round(candidateIsRejected: candidate == .rejected, currentIsRejected: answer == .rejected)
    switch (round.candidateIsRejected, round.currentIsRejected) {
    case (true, true):
      return pair.before == round ? recover() : nextRound(pair.purpose, after: round)
    case (true, false):
      return pair.before?.candidateIsRejected == true
        ? goAfterLateCalls(to: .change(.dropCandidate, .ended(.candidateRejected)))
        : nextRound(pair.purpose, after: round)
    case (false, true):
      guard pair.before?.currentIsRejected == true else { return nextRound(pair.purpose, after: round) }
      // Twilio names the primary to a candidate that is none: a person promoted another one.
      return candidate == .secondary
        ? probe(.named(wasAccepted: false, pair.purpose)) : takeCurrentDead(pair.purpose)
    case (false, false):
      // A candidate that somebody deleted in the Console may still be accepted, and what is the secondary then is not
      // ours to delete.
      return pair.purpose == .takenOver && pair.before != round
        ? nextRound(pair.purpose, after: round) : takeBothAccepted(pair.purpose)
    }
  }

  private mutating func takeBothAccepted(_ purpose: PairProbe.Purpose) -> Effect {
    switch purpose {
    case .beforePromoting:
      store(.intendToPromote, then: .promote)
    case .afterPromoting where hasUnknownCall:
      askWhetherPromoted()
    case .afterPromoting where callsLeft > 0:
      call(.promote)
    case .afterPromoting:
      // All late calls are over, and nothing was promoted.
      store(.returnToMinted, then: .stop(.unreachable))
    case .takenOver:
      // Whoever was interrupted may still send its promotion; deleted, the candidate no longer authenticates it.
      store(.discardCandidate, then: .delete)
    }
  }

  /// The candidate works and the current token does not: it is the primary, unless another one is that we hold.
  private mutating func takeCurrentDead(_ purpose: PairProbe.Purpose) -> Effect {
    // With the promotion intended, both were accepted directly before.
    guard ledger.phase == .minted, !ledger.givenUp.isEmpty else {
      return goAfterLateCalls(to: .change(.commit(.candidate), .done))
    }
    startRoundsAnew()
    return probe(.rival(index: ledger.givenUp.count - 1, wasAccepted: nil, purpose))
  }

  /// Whether a token that was given up works beside the candidate.
  ///
  /// No token of ours becomes a secondary again, so that one is then the primary: it was promoted late, and the candidate
  /// was created with a token that was dead already.
  mutating func takeRival(
    _ answer: ProbeAnswer, index: Int, wasAccepted: Bool?, _ purpose: PairProbe.Purpose
  ) -> Effect {
    func ask(_ isAccepted: Bool) -> Probe { .rival(index: index, wasAccepted: isAccepted, purpose) }
    switch (answer, wasAccepted) {
    case (.primary, _), (.accepted, true), (.secondary, true):
      return store(.adopt(.givenUp(index)), then: .prove(purpose))
    case (.rejected, false):
      guard index > 0 else { return goAfterLateCalls(to: .change(.commit(.candidate), .done)) }
      startRoundsAnew()
      return probe(.rival(index: index - 1, wasAccepted: nil, purpose))
    case (.accepted, _), (.secondary, _):
      return mayAskAgain() ? wait(.propagation, then: .again(ask(true))) : stop(.unsettled)
    case (.rejected, _):
      return mayAskAgain() ? wait(.propagation, then: .again(ask(false))) : stop(.unsettled)
    case (.inconclusive, _):
      return mayAskAgain()
        ? wait(.propagation, then: .again(.rival(index: index, wasAccepted: nil, purpose))) : stop(.unreachable)
    }
  }

  /// Whether what was named as the primary works, and can take the place of the current token.
  mutating func takeNamed(_ answer: ProbeAnswer, wasAccepted: Bool, _ purpose: PairProbe.Purpose) -> Effect {
    switch answer {
    case .primary:
      store(.adopt(.received), then: .prove(purpose))
    case .accepted where wasAccepted:
      store(.adopt(.received), then: .prove(purpose))
    case .accepted:
      mayAskAgain() ? wait(.propagation, then: .again(.named(wasAccepted: true, purpose))) : stop(.unsettled)
    case .secondary, .rejected:
      // Named by a node that was behind.
      mayAskAgain() ? wait(.propagation, then: .prove(purpose)) : stop(.unsettled)
    case .inconclusive:
      askAgain(.named(wasAccepted: false, purpose))
    }
  }

  /// Asks about both again after the propagation time: what was said once is not believed.
  private mutating func nextRound(_ purpose: PairProbe.Purpose, after round: PairProbe.Round) -> Effect {
    mayAskAgain() ? wait(.propagation, then: .again(.pair(.init(purpose, after: round)))) : stop(.unsettled)
  }

  private mutating func askAgain(_ probe: Probe) -> Effect {
    mayAskAgain() ? wait(.propagation, then: .again(probe)) : stop(.unreachable)
  }
}
