import Testing
import TokenRotationCore

/// Rules whose absence shows only after several faults at once, each at the step that it governs.
@Suite("The rules of the rotation machine, one by one")
struct RotationRuleTests {
  typealias Ledger = RotationLedger<RotationMachine.Mark>

  /// A ledger in a phase, held by a worker or not.
  private static func ledger(
    _ phase: RotationPhase, isHeld: Bool = true, givenUp: Int = 0, unknownCreate: UnknownCreate = .none
  ) -> Ledger {
    var ledger = Ledger(current: .init())
    ledger.phase = phase
    ledger.isHeld = isHeld
    ledger.unknownCreate = unknownCreate
    ledger.givenUp = Array(repeating: .init(), count: givenUp)
    if phase == .minted || phase == .promoting { ledger.candidate = .init() }
    return ledger
  }

  /// What a machine wants last, after some events.
  private static func effect(
    _ goal: RotationMachine.Goal, on ledger: Ledger, after events: [RotationMachine.Event]
  ) -> RotationMachine.Effect {
    var machine = RotationMachine(goal, on: ledger)
    var effect = machine.begin()
    for event in events { effect = machine.handle(event) }
    return effect
  }

  /// A rotation up to the call of Promote, and on.
  private static let upToPromote: [RotationMachine.Event] = [
    .stored, .answered(.done), .stored, .waited, .probed(.secondary), .probed(.primary), .stored,
  ]

  @Test func noCommitWhileACallMayStillBeApplied() {
    let ledger = Ledger(current: .init())
    #expect(
      Self.effect(.rotate, on: ledger, after: Self.upToPromote + [.answered(.unknown), .probed(.primary)])
        == .wait(.lateCalls))
    #expect(
      Self.effect(
        .rotate, on: ledger,
        after: Self.upToPromote + [.answered(.unknown), .probed(.primary), .waited]) == .store(.commit(.candidate)))
  }

  @Test func noReleaseWhileACallMayStillBeApplied() {
    var events: [RotationMachine.Event] = [.stored]
    events += Array(repeating: .answered(.unknown), count: 3)
    #expect(
      Self.effect(.delete, on: Ledger(current: .init()), after: events) == .finish(.stopped(.unreachable)))
    #expect(
      Self.effect(.delete, on: Ledger(current: .init()), after: [.stored, .answered(.refused)])
        == .store(.release(.refused)))
  }

  @Test(arguments: [RotationPhase.creating, .discarding, .minted, .promoting])
  func anUpdateClaimsAndWaitsOutWhatAnotherWorkerSent(phase: RotationPhase) {
    #expect(Self.effect(.update, on: Self.ledger(phase), after: []) == .store(.claim))
    #expect(Self.effect(.update, on: Self.ledger(phase), after: [.stored]) == .wait(.lateCalls))
    #expect(Self.effect(.update, on: Self.ledger(phase, isHeld: false), after: [.stored]) == .probe(.received))
  }

  @Test func theCreateOfAnInterruptedWorkerIsWaitedOut() {
    let interrupted = Self.ledger(.idle, isHeld: false, unknownCreate: .interrupted)
    #expect(Self.effect(.rotate, on: interrupted, after: [.stored]) == .wait(.lateCalls))
    #expect(Self.effect(.resume, on: Self.ledger(.creating), after: [.stored]) == .wait(.lateCalls))
  }

  @Test func whatIsIdleIsLookedAt() {
    #expect(Self.effect(.resume, on: Self.ledger(.idle, isHeld: false), after: []) == .probe(.current))
    #expect(Self.effect(.resume, on: Self.ledger(.quarantined, isHeld: false), after: []) == .probe(.current))
  }

  @Test func neitherARefusalNorAnAcceptanceIsBelievedTheFirstTime() {
    let lost = Self.ledger(.idle, isHeld: false, givenUp: 1)
    #expect(
      Self.effect(.resume, on: lost, after: [.probed(.rejected), .probed(.accepted)]) == .wait(.propagation))
    #expect(
      Self.effect(
        .resume, on: lost,
        after: [.probed(.rejected), .probed(.accepted), .waited, .probed(.rejected), .probed(.accepted)])
        == .store(.commit(.givenUp(0))))
    let discarding = Self.ledger(.discarding, isHeld: false, givenUp: 1)
    #expect(
      Self.effect(
        .resume, on: discarding,
        after: [.stored, .probed(.accepted), .waited, .probed(.accepted), .answered(.noSecondary), .probed(.accepted)])
        == .wait(.lateCallsAndPropagation))
  }

  /// Takes more answers that are out of date, one after the other, than the checker's bounds leave room for.
  @Test func aContradictionThatDoesNotEndIsLeftToAPerson() {
    let events = Self.upToPromote + [.answered(.noSecondary), .probed(.secondary), .waited, .probed(.secondary)]
    #expect(Self.effect(.rotate, on: Ledger(current: .init()), after: events) == .store(.quarantine(.contradiction)))
    #expect(
      Self.effect(.rotate, on: Ledger(current: .init()), after: events + [.stored]) == .finish(.quarantined))
    #expect(
      Self.effect(.rotate, on: Ledger(current: .init()), after: events + [.superseded]) == .finish(.superseded))
    #expect(
      Self.effect(.rotate, on: Ledger(current: .init()), after: events + [.storeFailed])
        == .finish(.stopped(.storeFailed)))
  }

  @Test func aTokenThatWorksBesideTheCandidateIsThePrimary() {
    let ledger = Self.ledger(.minted, isHeld: false, givenUp: 1)
    let dead: [RotationMachine.Event] = [
      .stored, .waited, .probed(.accepted), .probed(.rejected), .waited, .probed(.accepted), .probed(.rejected),
    ]
    #expect(Self.effect(.resume, on: ledger, after: dead) == .probe(.givenUp(0)))
    #expect(Self.effect(.resume, on: ledger, after: dead + [.probed(.accepted)]) == .wait(.propagation))
    #expect(
      Self.effect(.resume, on: ledger, after: dead + [.probed(.accepted), .waited, .probed(.accepted)])
        == .store(.adopt(.givenUp(0))))
    #expect(
      Self.effect(.resume, on: ledger, after: dead + [.probed(.rejected), .waited, .probed(.rejected)])
        == .store(.commit(.candidate)))
  }

  @Test func whatAQuarantineFindsIsKept() {
    var ledger = RotationLedger(current: 1)
    ledger.phase = .promoting
    ledger.candidate = 2
    let after = ledger.applying(.quarantine(.contradiction)) { token, _ in token }
    #expect((after.givenUp, after.candidate, after.isHeld) == ([2], nil, false))
  }

  @Test func aPromotionIsRepeatedOnlyWhenEveryNodeKnowsWhatBecameOfIt() {
    let both: [RotationMachine.Event] = [.probed(.accepted), .probed(.accepted)]
    let unknown = Self.upToPromote + [.answered(.unknown)] + both
    #expect(Self.effect(.rotate, on: Ledger(current: .init()), after: unknown) == .wait(.lateCallsAndPropagation))
    #expect(
      Self.effect(.rotate, on: Ledger(current: .init()), after: unknown + [.waited] + both) == .call(.promote))
  }

  @Test func aCandidateIsProvenOnlyWhenNoCreateCanFollowItUnseen() {
    let created: [RotationMachine.Event] = [
      .stored, .answered(.unknown), .stored, .answered(.done), .stored, .waited,
    ]
    #expect(Self.effect(.rotate, on: Ledger(current: .init()), after: created) == .wait(.lateCallsAndPropagation))
    let noted = Self.ledger(.minted, unknownCreate: .noted)
    #expect(Self.effect(.resume, on: noted, after: [.stored, .waited]) == .wait(.lateCallsAndPropagation))
  }

  @Test func aSuccessorDeletesOnlyWhatIsAcceptedTwice() {
    let both: [RotationMachine.Event] = [.probed(.accepted), .probed(.accepted)]
    let promoting = Self.ledger(.promoting)
    #expect(Self.effect(.resume, on: promoting, after: [.stored] + both) == .wait(.propagation))
    #expect(
      Self.effect(.resume, on: promoting, after: [.stored] + both + [.waited] + both) == .store(.discardCandidate))
  }

  @Test(arguments: [RotationMachine.Goal.abandon, .rotate, .create])
  func aDeletionByWordIsNotGoneOnWithForAnotherReason(goal: RotationMachine.Goal) {
    let discarding = Self.ledger(.discarding, isHeld: false)
    #expect(Self.effect(.delete, on: discarding, after: [.stored]) == .call(.delete))
    #expect(Self.effect(goal, on: discarding, after: [.stored]) == .wait(.lateCalls))
    #expect(
      Self.effect(goal, on: discarding, after: [.stored, .waited])
        == .store(goal == .abandon ? .end(nil) : .intendToCreate))
  }

  @Test func thePrimaryThatTwilioNamesToACandidateIsAdopted() {
    let dead: [RotationMachine.Event] = [.probed(.secondary), .probed(.rejected)]
    let events = [.stored, .answered(.done), .stored, .waited] + dead + [.waited] + dead
    #expect(Self.effect(.rotate, on: Ledger(current: .init()), after: events) == .probe(.received))
    #expect(
      Self.effect(.rotate, on: Ledger(current: .init()), after: events + [.probed(.primary)])
        == .store(.adopt(.received)))
    for answer: ProbeAnswer in [.accepted, .secondary, .rejected, .inconclusive] {
      #expect(
        Self.effect(.rotate, on: Ledger(current: .init()), after: events + [.probed(answer)]) == .wait(.propagation))
    }
    #expect(
      Self.effect(
        .rotate, on: Ledger(current: .init()), after: events + [.probed(.accepted), .waited, .probed(.accepted)])
        == .store(.adopt(.received)))
  }

  @Test func nothingIsCreatedRightAfterWhatWasGivenUpIsDeleted() {
    let idle = Self.ledger(.idle, isHeld: false, givenUp: 1)
    let owned: [RotationMachine.Event] = [
      .stored, .answered(.secondaryExists), .probed(.accepted), .waited, .probed(.accepted), .stored,
    ]
    #expect(
      Self.effect(.rotate, on: idle, after: owned + [.answered(.done)]) == .wait(.lateCallsAndPropagation))
  }

  @Test func aQuestionWithoutAnAnswerDecidesNothing() {
    let idle = Self.ledger(.idle, isHeld: false, givenUp: 1)
    let asked: [RotationMachine.Event] = [.stored, .answered(.secondaryExists), .probed(.inconclusive)]
    #expect(Self.effect(.rotate, on: idle, after: asked) == .wait(.propagation))
  }

  @Test func anInterruptionOutlivesTheNoteAndTheCommit() {
    var ledger = RotationLedger(current: 1)
    ledger.phase = .creating
    ledger.isHeld = true
    for change: RotationChange in [
      .claim, .noteUnknownCreate, .keep(settlesInterruption: false, releases: false), .intendToPromote,
    ] {
      ledger = ledger.applying(change, received: 2) { token, _ in token }
    }
    #expect(ledger.unknownCreate == .notedAndInterrupted)
    ledger = ledger.applying(.commit(.candidate)) { token, _ in token }
    #expect(ledger.unknownCreate == .interrupted)
    ledger.phase = .creating
    ledger = ledger.applying(.keep(settlesInterruption: true, releases: false), received: 3) { token, _ in token }
    #expect(ledger.unknownCreate == .none)
  }

  @Test func anAdoptedTokenIsNotGivenUpAsWell() {
    var ledger = RotationLedger(current: 1)
    ledger.phase = .minted
    ledger.candidate = 2
    ledger.givenUp = [3, 4]
    let given = ledger.applying(.adopt(.givenUp(0))) { token, _ in token }
    #expect((given.current, given.candidate, given.givenUp) == (3, 2, [4, 1]))
    let named = ledger.applying(.adopt(.received), received: 4, isReceived: { $0 == 4 }) { token, _ in token }
    #expect((named.current, named.candidate, named.givenUp) == (4, 2, [3, 1]))
  }
}
