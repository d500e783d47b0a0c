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

    package var purpose: Purpose
    /// What was said of the candidate in this round; nil until it was asked about.
    var candidate: ProbeAnswer?
    /// What was refused in the round before, with the propagation time between.
    var candidateWasRejected = false
    var currentWasRejected = false

    init(_ purpose: Purpose) {
      self.purpose = purpose
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
      goAfterLateCalls(to: .prove(.afterPromoting))
    case .unknown:
      takeUnknownPromote()
    case .tryLater where mayTryLater():
      // After any wait both tokens are asked about again.
      wait(.pause, then: .prove(.afterPromoting))
    case .tryLater, .refused, .secondaryExists:
      goAfterLateCalls(to: hasUnknownCall ? .prove(.afterPromoting) : .returnToMinted(.refused))
    }
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
      goAfterLateCalls(to: .prove(.afterPromoting))
    case .secondary where saysNoSecondary:
      // It authenticated, there is no secondary, and it is said not to be the primary.
      mayAskAgain()
        ? wait(.propagation, then: .promote) : store(.quarantine(.contradiction), then: .finish(.quarantined))
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
    switch (candidate, answer) {
    case (_, .inconclusive):
      return askAgain(.pair(.init(pair.purpose)))
    case (.rejected, .rejected):
      return pair.candidateWasRejected && pair.currentWasRejected
        ? recover() : nextRound(pair, candidateIsRejected: true, currentIsRejected: true)
    case (.rejected, _):
      return pair.candidateWasRejected
        ? goAfterLateCalls(to: .change(.dropCandidate, .ended(.candidateRejected)))
        : nextRound(pair, candidateIsRejected: true, currentIsRejected: false)
    case (_, .rejected):
      return pair.currentWasRejected
        ? takeCurrentDead(pair.purpose) : nextRound(pair, candidateIsRejected: false, currentIsRejected: true)
    case (_, .primary), (_, .secondary), (_, .accepted):
      return takeBothAccepted(pair.purpose)
    }
  }

  private mutating func takeBothAccepted(_ purpose: PairProbe.Purpose) -> Effect {
    switch purpose {
    case .beforePromoting:
      store(.intendToPromote, then: .promote)
    case .afterPromoting where hasUnknownCall:
      // Were a promotion repeated while another is under way, the late one could promote what somebody else created
      // in between.
      wait(.lateCalls, then: .prove(.afterPromoting))
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
      return store(.adopt(index), then: .prove(purpose))
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

  /// Asks about both again after the propagation time: a single refusal is not believed.
  private mutating func nextRound(
    _ pair: PairProbe, candidateIsRejected: Bool, currentIsRejected: Bool
  ) -> Effect {
    guard mayAskAgain() else { return stop(.unsettled) }
    var next = PairProbe(pair.purpose)
    next.candidateWasRejected = candidateIsRejected
    next.currentWasRejected = currentIsRejected
    return wait(.propagation, then: .again(.pair(next)))
  }

  private mutating func askAgain(_ probe: Probe) -> Effect {
    mayAskAgain() ? wait(.propagation, then: .again(probe)) : stop(.unreachable)
  }
}
