import HTTPTypes
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("A rewrap disturbs no rotation and no update, and none of them disturbs it")
struct RewrapRaceTests {
  /// What a worker that holds a record wrote is not overwritten, whoever seals with which key.
  @Test(arguments: [true, false]) func aRecordThatIsHeldIsComeBackTo(workerSealsWithTheOldKey: Bool) async throws {
    let (hasArrived, arrival) = AsyncStream<Void>.makeStream()
    let (mayAnswer, answering) = AsyncStream<Void>.makeStream()
    let bench = try Bench()
    let transport = ScriptedTransport { request in
      if request.head.method == .post {
        arrival.finish()
        for await _ in mayAnswer {}
      }
      return try await bench.twilio.send(request)
    }
    let keys = try RolledKeys(old: bench.keyring.sealingKey)
    let id = try await bench.register().id
    let worker = try bench.anotherProcess(
      keyring: workerSealsWithTheOldKey ? keys.old : keys.both, transport: transport)
    async let rotation: TwilioProvider = worker.rotateAuthToken(of: id)
    for await _ in hasArrived {}

    let time = VirtualTime()
    let host = try bench.anotherProcess(keyring: keys.both, time: time)
    async let rewrap = host.rewrapTokens()
    await time.sleepers(count: 1)
    answering.finish()
    _ = try await rotation
    time.advance(by: bench.configuration.timings.lease)
    let progress = try await rewrap
    #expect(progress.isComplete && progress.waiting == 0)
    #expect(progress.rewrapped == (workerSealsWithTheOldKey ? 1 : 0))
    try await host.checkUnused(keys.oldID)
    let record = try #require(try await bench.memory.read(id)).record
    let stored = try OpenSSLTokenCipher(keyring: keys.new).open(
      record.token, for: SealingContext(providerID: id, accountSID: record.accountSID, slot: .current))
    #expect(try stored == bench.account().primary && record.rotation.phase == .idle)
  }

  @Test(arguments: RotationPhase.allCases)
  func aWorkerThatIsGoneIsLeftToAResume(phase: RotationPhase) async throws {
    let bench = try Bench()
    let keys = try RolledKeys(old: bench.keyring.sealingKey)
    let id = try await bench.register().id
    try await bench.plant(phase, of: id)
    let before = try await bench.storedBytes(id)
    let host = try bench.anotherProcess(keyring: keys.both)
    let progress = try await host.rewrapTokens()
    switch phase {
    case .idle, .quarantined:
      #expect(progress.isComplete && progress.rewrapped == 1)
    case .creating, .discarding, .minted, .promoting:
      #expect(progress.held == [id] && progress.waiting == 0 && !progress.isComplete && progress.rewrapped == 0)
      #expect(try await bench.storedBytes(id) == before)
      await expect(.keyInUse) { try await host.checkUnused(keys.oldID) }
      let slept = bench.time.sleeps.reduce(.zero, +)
      #expect(slept >= bench.configuration.timings.lease)
    }
    // What is left to be done is a person's or the next one's.
    _ = try? await host.resumeRotation(of: id)
    #expect(try await host.rewrapTokens().isComplete)
    try await host.checkUnused(keys.oldID)
  }

  enum Operation: CaseIterable, Sendable {
    case rotate, create, update, rename
  }

  /// A rewrap by another process right before each write of an operation: the operation comes out as ever.
  @Test(arguments: Operation.allCases, 0..<8)
  func anOperationComesOutAsEver(_ operation: Operation, rewrappedBefore hit: Int) async throws {
    let (writes, rewrapper) = (Count(), Box<TwilioProviders>())
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { _ in
        guard let rewrapper = rewrapper.value, writes.next() == hit else { return }
        try await rewrapper.rewrapTokens()
      }
    })
    let keys = try RolledKeys(old: bench.keyring.sealingKey)
    let id = try await bench.register().id
    let host = try bench.anotherProcess(keyring: keys.both)
    rewrapper.set(
      try TwilioProviders(
        store: bench.memory, keyring: keys.both, transport: bench.twilio, configuration: bench.configuration))
    var token = bench.firstToken
    switch operation {
    case .rotate:
      try await host.rotateAuthToken(of: id)
      token = try bench.account().primary
      #expect(token != bench.firstToken)
    case .create:
      try await host.createSecondaryToken(of: id)
    case .update:
      token = try bench.rotateInConsole()
      try await host.updateAuthToken(of: id, to: token)
    case .rename:
      _ = try await host.updateDetails(of: id) { $0.name = "Another name" }
      #expect(try await host.provider(id).details.name == "Another name")
    }
    #expect(try bench.account().mutations.deleted == 0)
    #expect(try await host.rewrapTokens().isComplete)
    try await host.checkUnused(keys.oldID)
    let record = try #require(try await bench.memory.read(id)).record
    let cipher = try OpenSSLTokenCipher(keyring: keys.new)
    func open(_ sealed: SealedToken, _ slot: TokenSlot) throws -> AuthToken {
      try cipher.open(sealed, for: SealingContext(providerID: id, accountSID: record.accountSID, slot: slot))
    }
    #expect(try open(record.token, .current) == token)
    #expect(try record.rotation.candidate.map { try open($0, .candidate) } == bench.account().secondary)
  }

  @Test func manyHostsRewrapAtOnce() async throws {
    let bench = try Bench()
    let keys = try RolledKeys()
    var known = KnownTokens()
    try await known.fill(bench.memory, records: 250, sealing: keys.old)
    let rewrapped = try await withThrowingTaskGroup(of: RewrapProgress.self) { group in
      for _ in 0..<4 {
        let host = try bench.anotherProcess(keyring: keys.both)
        group.addTask { try await host.rewrapTokens() }
      }
      return try await group.reduce(0) { sum, progress in
        #expect(progress.isComplete)
        return sum + progress.rewrapped
      }
    }
    #expect(rewrapped == known.count, "each token is moved once")
    try await known.expectAll(in: bench.memory, openingWith: keys.new)
  }
}
