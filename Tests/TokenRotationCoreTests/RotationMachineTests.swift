import Testing
import TokenRotationCore

@Suite("The rotation machine decides; Scripts/simulate visits all that it can decide")
struct RotationMachineTests {
  typealias Ledger = RotationLedger<RotationMachine.Mark>

  @Test func theHappyPath() {
    var machine = RotationMachine(.rotate, on: Ledger(current: .init()))
    var effects = [machine.begin()]
    for event: RotationMachine.Event in [
      .stored, .answered(.done), .stored, .waited, .probed(.secondary), .probed(.primary), .stored, .answered(.done),
      .probed(.primary), .stored,
    ] {
      effects.append(machine.handle(event))
    }
    #expect(
      effects == [
        .store(.intendToCreate), .call(.create), .store(.keep(settlesInterruption: true, releases: false)),
        .wait(.readers),
        .probe(.candidate), .probe(.current), .store(.intendToPromote), .call(.promote), .probe(.candidate),
        .store(.commit(.candidate)), .finish(.done),
      ])
    #expect(machine.ledger == Ledger(current: .init()))
  }

  @Test func aSecondaryOfSomebodyElseIsLeftAlone() {
    var machine = RotationMachine(.rotate, on: Ledger(current: .init()))
    _ = machine.begin()
    _ = machine.handle(.stored)
    #expect(machine.handle(.answered(.secondaryExists)) == .store(.end(.secondaryExists)))
    #expect(machine.handle(.stored) == .finish(.ended(.secondaryExists)))
  }

  @Test func anEventThatAnswersAnotherEffectEndsTheTenure() {
    let events: [RotationMachine.Event] = [.stored, .superseded, .waited, .probed(.primary), .answered(.done)]
    for event in events where event != .stored && event != .superseded {
      var machine = RotationMachine(.rotate, on: Ledger(current: .init()))
      #expect(machine.begin() == .store(.intendToCreate))
      #expect(machine.handle(event) == .finish(.stopped(.inconsistent)))
    }
    for event in events {
      var machine = RotationMachine(.abandon, on: Ledger(current: .init()))
      #expect(machine.begin() == .finish(.done))
      #expect(machine.handle(event) == .finish(.stopped(.inconsistent)))
    }
  }

  @Test func nothingIsThrownAwayBeforeAProvenCommit() {
    var ledger = RotationLedger(current: 1)
    func apply(_ change: RotationChange, received: Int? = nil) {
      ledger = ledger.applying(change, received: received) { token, _ in token }
    }
    apply(.intendToCreate)
    apply(.noteUnknownCreate)
    apply(.keep(settlesInterruption: true, releases: false), received: 2)
    #expect((ledger.phase, ledger.candidate, ledger.unknownCreate) == (.minted, 2, .noted))
    apply(.intendToPromote)
    apply(.takeReturned, received: 3)
    #expect((ledger.candidate, ledger.givenUp) == (3, [2]))
    apply(.claim)
    apply(.discardCandidate)
    #expect((ledger.phase, ledger.candidate, ledger.givenUp) == (.discarding, nil, [2, 3]))
    apply(.replaceCurrent, received: 4)
    #expect((ledger.phase, ledger.current, ledger.givenUp, ledger.unknownCreate) == (.idle, 4, [2, 3, 1], .noted))
    apply(.quarantine(.nothingWorks))
    apply(.commit(.givenUp(1)))
    #expect((ledger.phase, ledger.current, ledger.givenUp) == (.idle, 3, []))
    #expect(ledger.quarantine == nil && ledger.unknownCreate == .noted)
  }
}
