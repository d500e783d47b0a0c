import TokenRotationCore

/// What one exploration holds beside its worlds: what stays the same in all of them, and the ledgers and machines that
/// were met, by number.
///
/// Of those there are a few thousand, of worlds millions. So a machine is asked once what it does after an event, and a
/// change is applied to a ledger once.
final class Model {
  let settings: Settings
  let ledgers = Ledgers()
  let tenures = Tenures()
  /// The worlds without faults to come from which the way to the end was followed, and found good.
  var endsWell: Set<Fingerprint> = []

  init(_ settings: Settings) {
    self.settings = settings
  }

  /// What Twilio does not document, one way throughout, and what a host asks for.
  struct Settings: Hashable, Sendable {
    /// Whether the account names its primary to the primary, and to a secondary.
    var tellsPrimary: Bool
    var tellsSecondary: Bool
    /// What a host asks for beside resuming.
    var goals: [RotationMachine.Goal] = [.rotate]
  }
}

/// The ledgers that were met; number 0 is that of an account with one token.
final class Ledgers {
  typealias Ledger = RotationLedger<ModelToken>

  /// What is asked of a ledger again and again.
  struct Facts {
    let phase: RotationPhase
    let isHeld: Bool
    let hasNotedCreate: Bool
    let current: ModelToken
    let candidate: ModelToken
    let held: TokenSet

    init(_ ledger: Ledger) {
      phase = ledger.phase
      isHeld = ledger.isHeld
      hasNotedCreate = ledger.unknownCreate.isNoted
      current = ledger.current
      candidate = ledger.candidate ?? 0
      held = ledger.givenUp.reduce(TokenSet(of: current) | TokenSet(of: candidate)) { $0 | TokenSet(of: $1) }
    }
  }

  private struct Application: Hashable {
    let ledger: Int32
    let change: RotationChange
    let received: ModelToken
  }

  private var ledgers = [Ledger(current: 1)]
  private var facts = [Facts(Ledger(current: 1))]
  private var numbers = [Ledger(current: 1): Int32(0)]
  private var applications: [Application: Int32] = [:]

  subscript(number: Int32) -> Facts { facts[Int(number)] }

  func ledger(_ number: Int32) -> Ledger { ledgers[Int(number)] }

  func token(_ place: RotationToken, in number: Int32, received: ModelToken) -> ModelToken {
    switch place {
    case .current: facts[Int(number)].current
    case .candidate: facts[Int(number)].candidate
    case .received: received
    case .givenUp: ledgers[Int(number)].token(place, received: received) ?? 0
    }
  }

  func applying(_ change: RotationChange, to number: Int32, received: ModelToken) -> Int32 {
    let application = Application(ledger: number, change: change, received: received)
    if let known = applications[application] { return known }
    let ledger = ledgers[Int(number)].applying(
      change, received: received == 0 ? nil : received, isReceived: { $0 == received }
    ) { token, _ in token }
    let next = numbers[ledger] ?? Int32(ledgers.count)
    if next == ledgers.count {
      ledgers.append(ledger)
      facts.append(Facts(ledger))
      numbers[ledger] = next
    }
    applications[application] = next
    return next
  }
}

/// The machines that were met, each with the effect that it waits for; number 0 is none.
final class Tenures {
  /// A machine, and what is asked of it again and again.
  struct Tenure: Hashable {
    let machine: RotationMachine
    let effect: RotationMachine.Effect
  }

  /// What is asked of a machine again and again.
  struct Facts {
    let effect: RotationMachine.Effect
    let goal: RotationMachine.Goal
    let isCleaningUp: Bool
    let mayRelease: Bool
  }

  private struct Beginning: Hashable {
    let goal: RotationMachine.Goal
    let ledger: Int32
  }

  private static let unknown: Int32 = -1

  /// The machines from number 1 on.
  private(set) var machines: [RotationMachine] = []
  private var facts: [Facts] = []
  private var numbers: [Tenure: Int32] = [:]
  private var beginnings: [Beginning: Int32] = [:]
  /// What each machine becomes after each event.
  private var successors: [Int32] = []
  /// How often each machine was told of each event.
  private(set) var met: [Int] = []

  /// The numbers of those that a tenure began with.
  var firsts: [Int32] { beginnings.values.filter { $0 != 0 } }

  subscript(number: Int32) -> Facts { facts[Int(number) - 1] }

  func note(_ handled: World.Handled) {
    met[Int(handled.machine - 1) * RotationMachine.Event.all.count + handled.event] += 1
  }

  /// The tenure that begins with a goal on a ledger.
  func beginning(_ goal: RotationMachine.Goal, on ledger: Int32, of ledgers: Ledgers) -> Int32 {
    let beginning = Beginning(goal: goal, ledger: ledger)
    if let known = beginnings[beginning] { return known }
    var machine = RotationMachine(goal, on: ledgers.ledger(ledger).map { _, _ in .init() })
    let effect = machine.begin()
    let number = number(of: Tenure(machine: machine, effect: effect))
    beginnings[beginning] = number
    return number
  }

  /// What a tenure becomes after an event; 0 if that ends it.
  func successor(of number: Int32, after event: Int) -> Int32 {
    let index = Int(number - 1) * RotationMachine.Event.all.count + event
    if successors[index] != Self.unknown { return successors[index] }
    var machine = machines[Int(number) - 1]
    let effect = machine.handle(RotationMachine.Event.all[event])
    let next = self.number(of: Tenure(machine: machine, effect: effect))
    successors[index] = next
    return next
  }

  private func number(of tenure: Tenure) -> Int32 {
    if case .finish = tenure.effect { return 0 }
    if let known = numbers[tenure] { return known }
    machines.append(tenure.machine)
    facts.append(
      Facts(
        effect: tenure.effect, goal: tenure.machine.goal, isCleaningUp: tenure.machine.isCleaningUp,
        mayRelease: tenure.machine.mayRelease))
    numbers[tenure] = Int32(machines.count)
    successors.append(contentsOf: repeatElement(Self.unknown, count: RotationMachine.Event.all.count))
    met.append(contentsOf: repeatElement(0, count: RotationMachine.Event.all.count))
    return Int32(machines.count)
  }
}

extension RotationMachine.Event {
  /// Every event; its place here is its number.
  static let all: [RotationMachine.Event] =
    [.stored, .superseded, .storeFailed, .waited]
    + ProbeAnswer.allCases.map { .probed($0) } + CallAnswer.allCases.map { .answered($0) }

  private static let numbers = Dictionary(uniqueKeysWithValues: zip(all, all.indices))

  var number: Int {
    switch self {
    case .stored: 0
    case .superseded: 1
    case .storeFailed: 2
    case .waited: 3
    case .probed, .answered: Self.numbers[self] ?? 0
    }
  }
}
