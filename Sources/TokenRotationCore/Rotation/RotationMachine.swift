/// Decides what a rotation does next: a pure function of where it stands and what happened.
///
/// It knows no clock, no network and no token, only where tokens are. Whoever drives it performs one effect at a time
/// and comes back with what came of it. So all that it can ever do can be enumerated, and is
/// (`Scripts/simulate --exhaustive`).
///
/// One machine stands for one worker's tenure of a record, from claiming it to letting it go. Between two effects
/// nothing is lost if the worker dies: what matters is in the ledger, and another machine goes on from there.
package struct RotationMachine: Hashable, Sendable {
  /// What the tenure is for.
  package enum Goal: String, Hashable, Sendable, CaseIterable, Codable {
    /// A new token in use.
    case rotate
    /// A candidate, stored and no more.
    case create
    /// No candidate: one that was created is deleted.
    case abandon
    /// No secondary at all, whoever made it.
    case delete
    /// What was interrupted is finished, and what is lost is found again.
    case resume
    /// A token that a person brought takes the place of all others.
    case update
  }

  /// Stands for a token where only its place matters.
  package struct Mark: Hashable, Sendable {
    /// Makes one.
    package init() {}
  }

  /// How often a call is sent in a tenure whose outcome stays unknown.
  static let callLimit: UInt8 = 3
  /// How often the tokens are asked about before what is found is left as it is.
  static let roundLimit: UInt8 = 4

  package let goal: Goal
  package private(set) var ledger: RotationLedger<Mark>
  package private(set) var step = Step.start
  /// Whether the record was taken over from a worker that was interrupted.
  package let isSuccessor: Bool
  /// Whether a call of this tenure may still be applied.
  package private(set) var hasUnknownCall = false
  /// Whether another worker held the record when this one began, and was gone for a whole lease.
  let tookOver: Bool
  /// Whether that worker may only have stalled, with a promotion in its hands that it still sends.
  let hasStalledPredecessor: Bool
  /// Whether tokens were given up before, with whose promotion a worker of an earlier rotation may have stalled.
  let findsGivenUp: Bool
  private(set) var callsLeft = callLimit
  private(set) var roundsLeft = roundLimit

  /// Begins a tenure.
  ///
  /// - Parameters:
  ///   - goal: What it is for.
  ///   - ledger: The record's ledger as it was read, with marks in place of its tokens.
  package init(_ goal: Goal, on ledger: RotationLedger<Mark>) {
    self.goal = goal
    self.ledger = ledger
    isSuccessor = ledger.phase != .idle && ledger.phase != .quarantined
    tookOver = ledger.isHeld
    hasStalledPredecessor = ledger.isHeld && (ledger.phase == .promoting || ledger.phase == .discarding)
    findsGivenUp = ledger.candidate == nil && !ledger.givenUp.isEmpty
  }

  /// Whether the record may be left so that whoever comes next need not wait: no call can be under way any more.
  package var mayRelease: Bool { ledger.isHeld && !hasUnknownCall && !hasStalledPredecessor }

  /// Whether a token that could not be stored is being deleted, which must not be broken off.
  package var isCleaningUp: Bool { step == .cleaningUp }

  /// What to do first.
  package mutating func begin() -> Effect {
    switch (ledger.phase, goal) {
    case (.idle, .rotate), (.idle, .create):
      return store(.intendToCreate, then: .create)
    case (.idle, .abandon):
      return finish(.done)
    case (.idle, .delete), (.quarantined, .delete):
      return store(.intendToDiscard, then: .delete)
    case (.idle, .resume), (.quarantined, .resume):
      return probe(.recovery(.init(ledger)))
    case (.idle, .update), (.quarantined, .update):
      return probe(.received)
    case (.quarantined, .rotate), (.quarantined, .create), (.quarantined, .abandon):
      return finish(.quarantined)
    case (.minted, .create) where !ledger.isHeld:
      // All is there that was wanted; what may be lost is the token in use, if a person promoted the candidate.
      return probe(.recovery(.init(ledger)))
    case (.creating, .update), (.discarding, .update), (.minted, .update), (.promoting, .update):
      return store(.claim, then: tookOver ? .validateReceived : .probeReceived)
    case (.creating, _), (.discarding, _), (.minted, _), (.promoting, _):
      return store(.claim, then: .resume)
    }
  }

  /// What to do after `event`.
  package mutating func handle(_ event: Event) -> Effect {
    switch (step, event) {
    case (.storing(let change, let next), .stored):
      // Marks move without being sealed, so this cannot throw.
      ledger = ledger.applying(change, received: Mark()) { mark, _ in mark }
      return go(to: next)
    case (.storing, .superseded):
      // Somebody else has the record, and everything that was stored.
      return finish(.superseded)
    case (.waiting(let wait, let next), .waited):
      if wait.coversLateCalls { hasUnknownCall = false }
      return go(to: next)
    case (.probing(let probe), .probed(let answer)):
      return take(answer, of: probe)
    case (.calling(.create), .answered(let answer)):
      return takeCreate(answer)
    case (.calling(.delete), .answered(let answer)):
      return takeDelete(answer)
    case (.calling(.promote), .answered(let answer)):
      return takePromote(answer)
    case (.storing(.keep, _), .storeFailed):
      // Nobody holds it but this process, and it is certain to be ours: the one moment to delete it.
      step = .cleaningUp
      return .call(.delete)
    case (.cleaningUp, .answered), (.cleaningUp, .superseded), (.cleaningUp, .storeFailed),
      (.storing, .storeFailed), (.waiting, .storeFailed), (.calling, .storeFailed):
      return finish(.stopped(.storeFailed))
    case (.waiting, .superseded), (.calling, .superseded):
      return finish(.superseded)
    case (.start, .stored), (.start, .superseded), (.start, .storeFailed), (.start, .waited), (.start, .probed),
      (.start, .answered),
      (.storing, .waited), (.storing, .probed), (.storing, .answered),
      (.waiting, .stored), (.waiting, .probed), (.waiting, .answered),
      (.probing, .stored), (.probing, .superseded), (.probing, .storeFailed), (.probing, .waited),
      (.probing, .answered),
      (.calling, .stored), (.calling, .waited), (.calling, .probed),
      (.cleaningUp, .stored), (.cleaningUp, .waited), (.cleaningUp, .probed),
      (.finished, .stored), (.finished, .superseded), (.finished, .storeFailed), (.finished, .waited),
      (.finished, .probed), (.finished, .answered):
      // An event that answers another effect than the one under way: the driver is wrong, and no token may suffer.
      return finish(.stopped(.inconsistent))
    }
  }
}

// MARK: The moves that everything is made of

extension RotationMachine {
  mutating func store(_ change: RotationChange, then next: Next) -> Effect {
    step = .storing(change, next)
    return .store(change)
  }

  mutating func wait(_ wait: RotationWait, then next: Next) -> Effect {
    step = .waiting(wait, next)
    return .wait(wait)
  }

  mutating func probe(_ probe: Probe) -> Effect {
    step = .probing(probe)
    return .probe(probe.place)
  }

  mutating func call(_ call: RotationCall) -> Effect {
    step = .calling(call)
    return .call(call)
  }

  mutating func finish(_ result: RotationResult) -> Effect {
    step = .finished(result)
    return .finish(result)
  }

  /// Leaves the record to be resumed.
  mutating func stop(_ reason: RotationStop) -> Effect {
    mayRelease ? store(.release(reason), then: .finish(.stopped(reason))) : finish(.stopped(reason))
  }

  /// Goes on, after waiting until no call of this tenure can be applied any more.
  mutating func goAfterLateCalls(to next: Next) -> Effect {
    hasUnknownCall ? wait(.lateCalls, then: next) : go(to: next)
  }

  /// Notes that a call was sent whose outcome is unknown.
  mutating func noteUnknownCall() {
    hasUnknownCall = true
    if callsLeft > 0 { callsLeft -= 1 }
  }

  /// Notes that a call has to be sent again although nothing is unknown of it; false if it has been often enough.
  mutating func mayTryLater() -> Bool {
    if callsLeft > 0 { callsLeft -= 1 }
    return callsLeft > 0
  }

  /// Notes that a call was sent whose outcome is unknown; false if it must not be sent again.
  mutating func mayCallAgain() -> Bool {
    noteUnknownCall()
    return callsLeft > 0
  }

  /// Begins to ask about the next token of several, with as many rounds as for the first.
  mutating func startRoundsAnew() { roundsLeft = Self.roundLimit }

  /// Notes a further round of questions; false if there have been enough.
  mutating func mayAskAgain() -> Bool {
    if roundsLeft > 0 { roundsLeft -= 1 }
    return roundsLeft > 0
  }

  mutating func go(to next: Next) -> Effect {
    switch next {
    case .create:
      // The create of an interrupted worker may be as late as any.
      ledger.unknownCreate.isInterrupted ? wait(.lateCalls, then: .createNow) : call(.create)
    case .createNow:
      call(.create)
    case .delete:
      call(.delete)
    case .promote:
      call(.promote)
    case .resume:
      resume()
    case .discard:
      store(.intendToDiscard, then: .delete)
    case .deleteAgain:
      deleteAgain()
    case .kept:
      keptCandidate()
    case .readyToProve:
      // A create that comes late finds room only where the candidate was deleted. Once that is known everywhere, a
      // candidate that is accepted is the secondary that is promoted.
      hasUnknownCall || (isSuccessor && ledger.unknownCreate.isNoted)
        ? wait(.lateCallsAndPropagation, then: .prove(.beforePromoting)) : probe(.pair(.init(.beforePromoting)))
    case .prove(let purpose):
      probe(.pair(.init(purpose)))
    case .validateReceived:
      wait(.lateCalls, then: .probeReceived)
    case .probeReceived:
      probe(.received)
    case .leave:
      leave()
    case .returnToMinted(let reason):
      store(.returnToMinted, then: .stop(reason))
    case .stop(let reason):
      stop(reason)
    case .change(let change, let result):
      store(change, then: .finish(result))
    case .recreate:
      recreate()
    case .again(let probe):
      self.probe(probe)
    case .finish(let result):
      finish(result)
    }
  }
}
