/// What a record keeps of an account's tokens and of a rotation under way: the part that every decision rests on.
///
/// Generic in the token, so that the same changes are made to sealed tokens in a record and to abstract ones in a
/// checker of all the states that can be reached.
package struct RotationLedger<Token: Hashable & Sendable>: Hashable, Sendable {
  package var phase = RotationPhase.idle
  /// The token in use.
  package var current: Token
  /// The token that was created and is not the current one yet; in `minted` and `promoting` only.
  package var candidate: Token?
  /// Tokens that were given up while a rotation was open, the last one last, until a proven commit.
  package var givenUp: [Token] = []
  /// Whether a create may have been applied whose answer nobody saw.
  package var unknownCreate = UnknownCreate.none
  /// Why a person has to look; in `quarantined` only.
  package var quarantine: QuarantineReason?
  /// Whether a worker holds the record, or may; never in `idle` and `quarantined`.
  package var isHeld = false

  package init(current: Token) {
    self.current = current
  }
}

/// How far a rotation has come, by the names that records hold.
public enum RotationPhase: String, Hashable, Sendable, CaseIterable, Codable {
  /// One known token.
  case idle
  /// About to create a secondary.
  case creating
  /// About to delete a secondary that is ours, or presumed ours after an unknown create.
  case discarding
  /// The candidate is stored, and not proven.
  case minted
  /// The candidate is proven, and its promotion intended.
  case promoting
  /// The evidence contradicts itself, or nothing that we hold works: a person has to look.
  case quarantined
}

/// The ground on which a secondary that nobody holds is presumed ours.
package enum UnknownCreate: String, Hashable, Sendable, CaseIterable, Codable {
  /// There is none: such a secondary is somebody else's.
  case none
  /// A create was sent, and its outcome is unknown.
  case noted
  /// A worker was interrupted where it may have sent a create, or may still send one.
  case interrupted
  /// Both.
  case notedAndInterrupted

  init(isNoted: Bool, isInterrupted: Bool) {
    self = isNoted ? (isInterrupted ? .notedAndInterrupted : .noted) : (isInterrupted ? .interrupted : .none)
  }

  /// Whether a create is noted, which is all that a deletion may rest on.
  package var isNoted: Bool {
    get { self == .noted || self == .notedAndInterrupted }
    set { self = Self(isNoted: newValue, isInterrupted: isInterrupted) }
  }

  /// Whether a worker that was interrupted may have sent one.
  package var isInterrupted: Bool {
    get { self == .interrupted || self == .notedAndInterrupted }
    set { self = Self(isNoted: isNoted, isInterrupted: newValue) }
  }
}

/// Why a person has to look.
public enum QuarantineReason: String, Hashable, Sendable, CaseIterable, Codable {
  /// There is a secondary that may be an interrupted worker's or a person's; the current token works.
  case interruptedCreate
  /// Twilio accepts nothing that we hold.
  case nothingWorks
  /// Twilio's answers contradict each other and do not stop doing so.
  case contradiction
}

/// Where a token is.
package enum RotationToken: Hashable, Sendable {
  /// The token in use.
  case current
  /// The stored candidate.
  case candidate
  /// One of those given up, by its place in the list.
  case givenUp(Int)
  /// The one that came with the last answer and is stored nowhere yet.
  case received
}

/// A change of the ledger: one compare-and-swap.
package enum RotationChange: Hashable, Sendable {
  /// Takes the record over from a worker that is gone.
  case claim
  /// Notes the intent to create.
  case intendToCreate
  /// Notes that a create was sent whose outcome is unknown.
  case noteUnknownCreate
  /// Stores the secondary just received as the candidate.
  ///
  /// `settlesInterruption`: whether it shows that no create of an interrupted worker was applied, because the rotation
  /// began after that worker and waited before its first create. `releases`: whether that was all.
  case keep(settlesInterruption: Bool, releases: Bool)
  /// Notes the intent to delete a secondary that nobody holds.
  case intendToDiscard
  /// Notes the intent to promote the candidate.
  case intendToPromote
  /// Takes that intent back.
  case returnToMinted
  /// Gives the candidate up, with the intent to delete it.
  case discardCandidate
  /// Gives the candidate up, and with it the rotation.
  case dropCandidate
  /// Makes the token that Twilio named as the primary the candidate, and gives the other one up.
  case takeReturned
  /// Makes a token that is proven to be the primary the current one, and gives that one up; the candidate stays.
  case adopt(RotationToken)
  /// Makes a token that is proven to be the primary the current one, and ends the rotation.
  case commit(RotationToken)
  /// Makes a token that a person brought the current one, gives up those that were there, and ends the rotation.
  case replaceCurrent
  /// Ends the rotation with the current token as it was, for a reason unless that was the goal.
  case end(RotationStop?)
  /// Leaves the rotation as it is to whoever comes next, who need not wait: no call of this worker is under way.
  ///
  /// Without a reason where the goal was reached.
  case release(RotationStop?)
  /// Leaves everything to a person.
  case quarantine(QuarantineReason)
}

extension RotationLedger {
  /// A ledger that says the same as another one, with other tokens in the same places.
  package init<Other>(_ other: RotationLedger<Other>, current: Token, candidate: Token?, givenUp: [Token]) {
    self.init(current: current)
    phase = other.phase
    self.candidate = candidate
    self.givenUp = givenUp
    unknownCreate = other.unknownCreate
    quarantine = other.quarantine
    isHeld = other.isHeld
  }

  /// The same with other tokens in the same places.
  package func map<Other>(_ transform: (Token, TokenSlot) throws -> Other) rethrows -> RotationLedger<Other> {
    RotationLedger<Other>(
      self, current: try transform(current, .current), candidate: try candidate.map { try transform($0, .candidate) },
      givenUp: try givenUp.map { try transform($0, .givenUp) })
  }

  /// The token at a place; nil if there is none.
  package func token(_ place: RotationToken, received: Token?) -> Token? {
    switch place {
    case .current: current
    case .candidate: candidate
    case .givenUp(let index): givenUp.indices.contains(index) ? givenUp[index] : nil
    case .received: received
    }
  }

  /// The ledger after a change.
  ///
  /// - Parameters:
  ///   - change: The change.
  ///   - received: The token that came with the last answer, where the change stores it.
  ///   - isReceived: Whether a token that is stored is the same one, as it is where a person brings a token that is
  ///     known already. Listed as given up, the token in use would pass for a secondary of ours.
  ///   - move: Makes a token of one place into one of another: seals it anew.
  package func applying(
    _ change: RotationChange, received: Token? = nil, isReceived: (Token) -> Bool = { _ in false },
    move: (Token, _ to: TokenSlot) throws -> Token
  ) rethrows -> RotationLedger {
    var next = self
    next.isHeld = true
    switch change {
    case .claim:
      // The worker that is gone may have sent a create, and may still send one.
      if isHeld, phase == .creating || phase == .discarding { next.unknownCreate.isInterrupted = true }
    case .intendToCreate:
      next.phase = .creating
    case .noteUnknownCreate:
      next.unknownCreate.isNoted = true
    case .keep(let settlesInterruption, let releases):
      next.isHeld = !releases
      next.phase = .minted
      next.candidate = try received.map { try move($0, .candidate) }
      if settlesInterruption { next.unknownCreate.isInterrupted = false }
    case .intendToDiscard:
      next.phase = .discarding
      next.quarantine = nil
    case .intendToPromote:
      next.phase = .promoting
    case .returnToMinted:
      next.phase = .minted
    case .discardCandidate:
      next.phase = .discarding
      try next.giveUpCandidate(move)
    case .dropCandidate:
      next.goIdle()
      try next.giveUpCandidate(move)
    case .takeReturned:
      try next.giveUpCandidate(move)
      next.candidate = try received.map { try move($0, .candidate) }
    case .adopt(let place):
      guard let token = token(place, received: received) else { return self }
      next.givenUp = givenUp.enumerated().filter { .givenUp($0) != place && !isReceived($1) }.map(\.element)
      next.givenUp.append(try move(current, .givenUp))
      next.current = try move(token, .current)
    case .commit(let place):
      guard let token = token(place, received: received) else { return self }
      next = RotationLedger(current: place == .current ? token : try move(token, .current))
      next.unknownCreate = unknownCreateAfterCommit
    case .replaceCurrent:
      guard let received else { return self }
      try next.giveUpCandidate(move)
      next.givenUp.append(try move(current, .givenUp))
      next.givenUp = zip(next.givenUp, givenUp + [candidate, current].compactMap(\.self))
        .compactMap { isReceived($1) ? nil : $0 }
      next.current = try move(received, .current)
      next.goIdle()
      next.unknownCreate = unknownCreateAfterCommit
    case .end:
      next.goIdle()
    case .release:
      next.isHeld = false
    case .quarantine(let reason):
      next.phase = .quarantined
      next.isHeld = false
      next.quarantine = reason
      try next.giveUpCandidate(move)
    }
    return next
  }

  /// A create that we noted is settled by the secondary that came after it; one of an interrupted worker is not, nor one
  /// that the commit cuts short.
  private var unknownCreateAfterCommit: UnknownCreate {
    switch phase {
    case .creating, .discarding: unknownCreate == .none ? .interrupted : unknownCreate
    case .idle, .quarantined: unknownCreate
    case .minted, .promoting: UnknownCreate(isNoted: false, isInterrupted: unknownCreate.isInterrupted)
    }
  }

  private mutating func goIdle() {
    phase = .idle
    quarantine = nil
    isHeld = false
  }

  private mutating func giveUpCandidate(_ move: (Token, _ to: TokenSlot) throws -> Token) rethrows {
    guard let given = candidate else { return }
    candidate = nil
    givenUp.append(try move(given, .givenUp))
  }
}
