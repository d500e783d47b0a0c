extension RotationMachine {
  /// What a machine wants done.
  package enum Effect: Hashable, Sendable {
    /// A change of the ledger, by compare-and-swap with the revision last read or written.
    case store(RotationChange)
    /// A call to Twilio that changes something, sent once, and only if the lease covers it to its latest end.
    case call(RotationCall)
    /// A question to Twilio whether a token works.
    case probe(RotationToken)
    /// A wait.
    case wait(RotationWait)
    /// Nothing more.
    case finish(RotationResult)
  }

  /// What came of an effect.
  package enum Event: Hashable, Sendable {
    /// The change was stored.
    case stored
    /// Somebody else has the record; the change was not stored, the call not sent.
    case superseded
    /// The store could not be written; whether the change was stored is not known.
    case storeFailed
    /// The wait is over.
    case waited
    /// Twilio was asked about a token.
    case probed(ProbeAnswer)
    /// A call was answered, or was not.
    case answered(CallAnswer)
  }
}

/// The calls that change something.
package enum RotationCall: String, Hashable, Sendable, CaseIterable {
  /// Create a secondary, with the current token.
  case create
  /// Delete the secondary, with the current token.
  case delete
  /// Promote the secondary, with the candidate.
  case promote

  /// The token that it is sent with.
  package var caller: RotationToken {
    switch self {
    case .create, .delete: .current
    case .promote: .candidate
    }
  }
}

/// The waits.
package enum RotationWait: String, Hashable, Sendable, CaseIterable {
  /// Until every node of Twilio's knows what happened before.
  case propagation
  /// Until no call sent before can be applied any more.
  case lateCalls
  /// Both, one after the other.
  case lateCallsAndPropagation
  /// Until other processes' readers have seen the candidate.
  case readers
  /// The pause that Twilio asked for, or that is fitting before a call is sent again.
  case pause

  var coversLateCalls: Bool { self == .lateCalls || self == .lateCallsAndPropagation }
}

/// What Twilio says of a token.
package enum ProbeAnswer: String, Hashable, Sendable, CaseIterable {
  /// It is accepted, and is the account's primary.
  case primary
  /// It is accepted, and another one is the primary: that one is then the one received.
  case secondary
  /// It is accepted, and not said to be either.
  case accepted
  /// It is refused.
  case rejected
  /// It could not be found out.
  case inconclusive
}

/// What Twilio says to a call.
package enum CallAnswer: String, Hashable, Sendable, CaseIterable {
  /// It was done; a token that came with it is the one received.
  case done
  /// It was done, and the token that should have come with it did not.
  case doneUnseen
  /// A promotion was done, and another token than the candidate is the primary: the one received.
  case doneOther
  /// There is a secondary already.
  case secondaryExists
  /// There is no secondary.
  case noSecondary
  /// The token was refused.
  case unauthorized
  /// It was definitely not done, and may be done later: Twilio asks for a pause, or was not reached.
  case tryLater
  /// It was definitely not done, for another reason.
  case refused
  /// Nobody knows.
  case unknown
}

/// How a tenure ended.
package enum RotationResult: Hashable, Sendable {
  /// The goal is reached.
  case done
  /// The rotation is over, and the token in use is the one from before.
  case ended(RotationStop)
  /// The record is as it was left, to be resumed.
  case stopped(RotationStop)
  /// Somebody else has the record.
  case superseded
  /// A person has to look.
  case quarantined
}

/// Why a tenure ended without reaching its goal.
package enum RotationStop: String, Hashable, Sendable, CaseIterable, Codable {
  /// There is a secondary that is somebody else's.
  case secondaryExists
  /// Twilio refused the call.
  case refused
  /// Twilio could not be asked, or its answers stayed unknown.
  case unreachable
  /// Twilio no longer accepts the candidate.
  case candidateRejected
  /// Twilio does not accept the token that a person brought.
  case tokenRejected
  /// Twilio's answers kept contradicting each other.
  case unsettled
  /// Twilio created secondaries and did not show them.
  case tokenNotReturned
  /// The store could not be written.
  case storeFailed
  /// Whoever asked for it took it back.
  case cancelled
  /// The driver answered another effect than the one under way.
  case inconsistent
}

extension RotationMachine {
  /// What the machine waits for.
  package enum Step: Hashable, Sendable {
    case start
    case storing(RotationChange, Next)
    case waiting(RotationWait, Next)
    case probing(Probe)
    case calling(RotationCall)
    /// Deleting a secondary that could not be stored.
    case cleaningUp
    case finished(RotationResult)
  }

  /// Where the machine goes once that has come.
  package indirect enum Next: Hashable, Sendable {
    case create
    case createNow
    case delete
    case promote
    case resume
    case discard
    case deleteAgain
    case kept
    case leave
    case returnToMinted(RotationStop)
    case stop(RotationStop)
    case readyToProve
    case prove(PairProbe.Purpose)
    case validateReceived
    case probeReceived
    case change(RotationChange, RotationResult)
    case recreate
    case again(Probe)
    case finish(RotationResult)
  }

  /// A question under way, and what it is for.
  package enum Probe: Hashable, Sendable {
    /// Candidate and current token, one directly after the other.
    case pair(PairProbe)
    /// The candidate alone: the proof after Promote said that it was done, or that there is no secondary.
    ///
    /// Here and below, `before` is the last answer, with the propagation time between: where an answer that is out of
    /// date would cost a token, only the second one of its kind is believed.
    case promoted(before: ProbeAnswer?, saysNoSecondary: Bool)
    /// The candidate that was given up last, before it is deleted once more.
    case discarding(index: Int, before: ProbeAnswer?)
    /// The candidate that was given up last, after its deletion found no secondary.
    case discarded(index: Int, before: ProbeAnswer?)
    /// A token that was given up, after Twilio said that there is a secondary: if it works, that secondary is ours.
    case owned(index: Int, wasAccepted: Bool?)
    /// A token that was given up, where the candidate works and the current token does not.
    case rival(index: Int, wasAccepted: Bool?, PairProbe.Purpose)
    /// The token that Twilio named as the primary, where the candidate is a secondary and the current token does not work.
    case named(wasAccepted: Bool, PairProbe.Purpose)
    /// The current token, after a call with it was refused.
    case caller(RotationCall, wasRejected: Bool)
    /// The token that a person brought.
    case received
    /// Everything that we hold, until something works.
    case recovery(Recovery)

    package var place: RotationToken {
      switch self {
      case .pair(let pair): pair.candidate == nil ? .candidate : .current
      case .promoted: .candidate
      case .discarding(let index, _), .discarded(let index, _), .owned(let index, _),
        .rival(let index, _, _):
        .givenUp(index)
      case .caller: .current
      case .received, .named: .received
      case .recovery(let recovery): recovery.place
      }
    }
  }
}
