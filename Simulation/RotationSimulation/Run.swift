import Synchronization
import TokenRotationCore
import TokenRotationSimulator

/// One run from a seed: some processes work on one record, faults come at random, and in the end all has to be well.
public struct Run: Sendable {
  /// What must not have happened, and did.
  public let violations: [String]
  /// What happened, line by line; empty unless it was asked for.
  public let trace: [String]
  /// What was counted.
  public let tally: Tally
  /// The numbers of the accesses that met a fault.
  let hits: [Int]
  /// All accesses, in order.
  let accesses: [Access]
  /// Whether no token that the store held worked in the end, without a person's doing.
  public let isLost: Bool
  /// Whether it ended in a quarantine.
  public let isQuarantined: Bool
  /// A number that two runs have in common only if they took the same course.
  public let digest: UInt64

  /// How many in a thousand accesses meet a fault.
  static let perMille = 90

  /// Runs a seed.
  ///
  /// - Parameters:
  ///   - seed: Decides everything.
  ///   - sparing: Faults that are left out, by the number of the access that would meet them.
  ///   - keepsTrace: Whether to note what happens.
  public init(seed: UInt64, sparing: Set<Int> = [], keepsTrace: Bool = false) throws {
    let world = try SimulatedWorld(
      seed: seed, plan: .random(perMille: Self.perMille, spared: sparing), keepsTrace: keepsTrace)
    try self.init(world) {
      let hasPerson = world.random(0..<4) == 0
      let workers = world.random(2..<6)
      for number in 1...workers { Worker(number, in: world, mayUpdate: hasPerson).begin() }
      if hasPerson { Person(world: world).begin() }
    }
  }

  /// Runs a rotation and a resume, with the faults at exactly those accesses, and a last resume without any.
  init(rotatingWith faults: [Int: Fault]) throws {
    let world = try SimulatedWorld(seed: 1, plan: .exactly(faults), keepsTrace: false)
    try self.init(world) {
      for number in 1...2 {
        let process = SimulatedProcess(number, in: world)
        let providers = try process.providers()
        let task = Task(executorPreference: world.executor) {
          if number == 1 {
            _ = try? await providers.rotateAuthToken(of: world.providerID)
          } else {
            try? await world.executor.sleep(for: .seconds(3600))
            _ = try? await providers.resumeRotation(of: world.providerID)
          }
        }
        process.runs(task)
      }
    }
  }

  private init(_ world: SimulatedWorld, _ begin: () throws -> Void) throws {
    try begin()
    world.executor.run()
    // Faults stop, and what is late is over: now everything has to come to its end.
    world.state.withLock { state in
      state.plan = .none
      state.isSettled = true
    }
    let ending = Ending(world: world)
    try ending.run()
    world.checkThatSomethingWorks()
    if world.executor.strayJobs > 0 { world.complain("\(world.executor.strayJobs) jobs ran off the executor") }

    let held = world.heldTokens()
    isLost =
      !world.isPersonsDoing
      && !held.contains { $0 == world.account?.primary || $0 == world.account?.secondary }
    isQuarantined = ending.isQuarantined
    (violations, trace, tally, hits, accesses, digest) = world.state.withLock { state in
      let course = UInt64(state.accesses.count) &* 0x9E37_79B9_7F4A_7C15 ^ state.random.next()
      return (state.violations, state.trace ?? [], state.tally, state.hits, state.accesses, course)
    }
  }
}

/// A host's process after the other, each doing what hosts do until it dies.
private struct Worker: Sendable {
  let number: Int
  let world: SimulatedWorld
  let mayUpdate: Bool

  init(_ number: Int, in world: SimulatedWorld, mayUpdate: Bool) {
    self.number = number
    self.world = world
    self.mayUpdate = mayUpdate
  }

  func begin() {
    Task(executorPreference: world.executor) {
      for _ in 0..<world.random(1..<4) {
        let process = SimulatedProcess(number, in: world)
        guard let providers = try? process.providers() else { return }
        for _ in 0..<world.random(1..<3) where !process.isDead {
          try? await world.executor.sleep(for: world.randomTime(upTo: 240))
          let choice = world.random(0..<100)
          let operation = Task(executorPreference: world.executor) {
            await perform(choice, providers, process)
          }
          process.runs(operation)
          await operation.value
        }
      }
    }
  }

  private func perform(_ choice: Int, _ providers: TwilioProviders, _ process: SimulatedProcess) async {
    let id = world.providerID
    process.isByWord = false
    do {
      switch choice {
      case ..<45: try await providers.rotateAuthToken(of: id)
      case ..<68: try await providers.resumeRotation(of: id)
      case ..<72: try await providers.resumeAllRotations()
      case ..<80: try await providers.createSecondaryToken(of: id)
      case ..<87: try await providers.promoteSecondaryToken(of: id)
      case ..<93: try await providers.abandonRotation(of: id)
      case ..<95:
        process.isByWord = true
        try await providers.deleteSecondaryToken(of: id)
      default:
        guard let token = world.account?.primary else { return }
        try await providers.updateAuthToken(of: id, to: token)
      }
      world.note("process \(number) is done")
    } catch {
      world.note("process \(number) fails: \((error as? TokenRotationError)?.code.rawValue ?? "\(type(of: error))")")
    }
  }
}

/// Somebody with access to the Console.
private struct Person: Sendable {
  let world: SimulatedWorld

  func begin() {
    Task(executorPreference: world.executor) {
      for _ in 0..<world.random(1..<3) {
        try? await world.executor.sleep(for: world.randomTime(upTo: 600))
        guard let token = try? world.twilio.issueToken() else { return }
        let choice = world.random(0..<4)
        world.personActs { account in
          switch (choice, account.secondary) {
          case (0, nil), (1, nil): account.secondary = token
          case (0, .some), (1, .some): account.secondary = nil
          case (_, let secondary?):
            account.primary = secondary
            account.secondary = nil
          default:
            // One created and promoted at once.
            account.primary = token
          }
        }
      }
    }
  }
}
