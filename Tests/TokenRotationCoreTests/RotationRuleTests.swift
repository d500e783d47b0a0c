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
        after: [.stored, .probed(.accepted), .answered(.noSecondary), .probed(.accepted)])
        == .wait(.lateCallsAndPropagation))
  }

  /// Takes more answers that are out of date, one after the other, than the checker's bounds leave room for.
  @Test func aContradictionThatDoesNotEndIsLeftToAPerson() {
    var events = Self.upToPromote
    for _ in 0..<3 { events += [.answered(.noSecondary), .probed(.secondary), .waited] }
    events += [.answered(.noSecondary), .probed(.secondary)]
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
        == .store(.adopt(0)))
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
}
