import Synchronization
import Testing
import TokenRotation
import TokenRotationTesting

@Suite("Tokens are moved to the sealing key, and an old key goes once nothing needs it")
struct RewrapTests {
  @Test(arguments: [0, 1, 5, 230])
  func theOldKeyMayGoAfterwardsAndNotBefore(records: Int) async throws {
    let keys = try RolledKeys()
    let bench = try Bench()
    var known = KnownTokens()
    try await known.fill(bench.memory, records: records, sealing: keys.old)
    let host = try bench.anotherProcess(keyring: keys.both)
    let before = try await host.keyUsage()
    #expect(before.keys.map(\.id) == [try keys.newID, try keys.oldID])
    #expect(before.keys.map(\.tokens) == [0, known.count])
    #expect(before.keys.map(\.role) == [.sealing, .opening])
    if known.count > 0 {
      let error = await #expect(throws: TokenRotationError.self) { try await host.checkUnused(keys.oldID) }
      #expect(error?.code == .keyInUse && error?.message.contains(" \(known.count) stored token") == true)
      let missing = try bench.anotherProcess(keyring: keys.new)
      let refusal = await #expect(throws: TokenRotationError.self) { try await missing.checkKeys() }
      #expect(refusal?.code == .keyMissing)
      #expect(refusal?.message.contains("\(try keys.oldID) (\(known.count) token") == true)
      #expect(before.droppable.isEmpty)
    }

    let told = Mutex<[RewrapProgress]>([])
    let done = try await host.rewrapTokens { progress in told.withLock { $0.append(progress) } }
    #expect(done.isComplete && done.examined == records && done.rewrapped == known.count)
    let steps = told.withLock { $0 }
    #expect(steps.map(\.rewrapped) == steps.map(\.rewrapped).sorted() && steps.last?.rewrapped == known.count)
    #expect(steps.count == max(1, (records + 99) / 100))

    #expect(try await host.checkKeys().droppable == [keys.oldID])
    try await host.checkUnused(keys.oldID)
    await expect(.keyInUse) { try await host.checkUnused(keys.newID) }
    try await known.expectAll(in: bench.memory, openingWith: keys.new)
    #expect(try await bench.anotherProcess(keyring: keys.new).checkKeys().keys.map(\.tokens) == [known.count])
  }

  @Test func whatIsMovedAlreadyIsNotWrittenAgain() async throws {
    let keys = try RolledKeys()
    let writes = Count()
    let bench = try Bench(wrapStore: { memory in InterruptedStore(memory: memory) { _ in _ = writes.next() } })
    var known = KnownTokens()
    try await known.fill(bench.memory, records: 12, sealing: keys.old)
    let host = try bench.anotherProcess(keyring: keys.both)
    try await host.rewrapTokens()
    #expect(writes.value == 12)
    #expect(try await host.rewrapTokens().rewrapped == 0)
    #expect(writes.value == 12)
  }

  enum Fault: CaseIterable, Sendable {
    case refused, unknownBefore, unknownAfter, cancelled, cancelledAfter, changedByOthers
  }

  @Test(arguments: Fault.allCases, 0..<6)
  func brokenOffAtAnyWriteNothingIsLostAndTheNextRunFinishes(fault: Fault, at hit: Int) async throws {
    let keys = try RolledKeys()
    let (writes, running) = (Count(), Box<Task<RewrapProgress, any Error>>())
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(
        memory: memory,
        beforeWrite: { record in
          guard writes.next() == hit else { return }
          switch fault {
          case .refused: throw TokenRotationError(.databaseFull, "Full.")
          case .unknownBefore: throw LossyTransport.ForeignError()
          case .cancelled:
            running.value?.cancel()
            throw CancellationError()
          case .changedByOthers:
            let stored = try #require(try await memory.read(record.id))
            var changed = stored.record
            changed.details.name = "Changed meanwhile"
            _ = try await memory.replace(changed, ifRevision: stored.revision)
          case .unknownAfter, .cancelledAfter: break
          }
        },
        afterWrite: { _ in
          guard writes.value - 1 == hit else { return }
          switch fault {
          case .unknownAfter: throw LossyTransport.ForeignError()
          case .cancelledAfter:
            running.value?.cancel()
            throw CancellationError()
          default: break
          }
        })
    })
    var known = KnownTokens()
    try await known.fill(bench.memory, records: 6, sealing: keys.old)
    let host = try bench.anotherProcess(keyring: keys.both)
    let (mayBegin, begin) = AsyncStream<Void>.makeStream()
    let task = Task {
      for await _ in mayBegin {}
      return try await host.rewrapTokens(concurrency: 1)
    }
    running.set(task)
    begin.finish()
    switch (fault, await task.result) {
    case (.cancelled, .failure(let error)), (.cancelledAfter, .failure(let error)):
      #expect(error is CancellationError)
    case (.refused, .success(let progress)):
      #expect(progress.failures.values.map(\.code) == [.databaseFull] && !progress.isComplete)
    case (.unknownBefore, .success(let progress)), (.unknownAfter, .success(let progress)),
      (.changedByOthers, .success(let progress)):
      #expect(progress.isComplete && progress.rewrapped == known.count)
    case (_, let result):
      Issue.record("\(fault): \(result)")
    }
    try await known.expectAll(in: bench.memory, openingWith: keys.both)
    #expect(try await host.rewrapTokens().isComplete)
    try await host.checkUnused(keys.oldID)
    try await known.expectAll(in: bench.memory, openingWith: keys.new)
  }

  @Test func whatCannotBeMovedIsNamedAndKeepsNothingElseBack() async throws {
    let keys = try RolledKeys()
    let bench = try Bench()
    var known = KnownTokens()
    try await known.fill(bench.memory, records: 4, sealing: keys.old)
    let damaged = try #require(known.tokens.keys.sorted().first)
    try await bench.changeRecord(damaged) { record in
      record.rotation.givenUp.append(SealedToken(bytes: [1, 2, 3]))
      var altered = record.token
      altered.bytes[altered.bytes.count - 1] ^= 1
      record.rotation.givenUp.append(altered)
    }
    let host = try bench.anotherProcess(keyring: keys.both)
    let progress = try await host.rewrapTokens()
    #expect(progress.rewrapped == known.count && !progress.isComplete)
    #expect(progress.failures.mapValues(\.code) == [damaged: .sealedTokenTruncated])
    let usage = try await host.keyUsage()
    #expect(usage.unattributed == [damaged] && usage.droppable.isEmpty)
    await expect(.keyInUse) { try await host.checkUnused(keys.oldID) }
    try await bench.changeRecord(damaged) { $0.rotation.givenUp.removeLast() }
    await expect(.recordUnreadable) { try await host.checkUnused(keys.oldID) }
    try await bench.changeRecord(damaged) { $0.rotation.givenUp.removeLast() }
    try await host.checkUnused(keys.oldID)
    try await known.expectAll(in: bench.memory, openingWith: keys.new)
  }

  @Test func withoutTheOldKeyNothingIsTouched() async throws {
    let keys = try RolledKeys()
    let bench = try Bench()
    var known = KnownTokens()
    try await known.fill(bench.memory, records: 3, sealing: keys.old)
    let host = try bench.anotherProcess(keyring: keys.new)
    let progress = try await host.rewrapTokens()
    #expect(progress.rewrapped == 0 && progress.failures.count == 3)
    #expect(progress.failures.values.allSatisfy { $0.code == .sealedTokenKeyUnknown })
    try await known.expectAll(in: bench.memory, openingWith: keys.old)
  }

  /// Seals something else than it was given, or with another key than it says.
  struct WrongCipher: KeyNamingTokenCipher {
    let cipher: OpenSSLTokenCipher
    let sealing: OpenSSLTokenCipher
    let replacement: AuthToken?

    var sealingKeyID: SealingKeyID { cipher.sealingKeyID }
    var openingKeyIDs: [SealingKeyID] { cipher.openingKeyIDs }
    func keyID(of sealed: SealedToken) throws -> SealingKeyID { try cipher.keyID(of: sealed) }
    func open(_ sealed: SealedToken, for context: SealingContext) async throws -> AuthToken {
      try cipher.open(sealed, for: context)
    }
    func seal(_ token: AuthToken, for context: SealingContext) async throws -> SealedToken {
      try sealing.seal(replacement ?? token, for: context)
    }
  }

  @Test(arguments: [true, false]) func aTokenGoesOnlyForOneThatIsProven(sealsAnother: Bool) async throws {
    let keys = try RolledKeys()
    let bench = try Bench()
    var known = KnownTokens()
    try await known.fill(bench.memory, records: 2, sealing: keys.old)
    let cipher = WrongCipher(
      cipher: try OpenSSLTokenCipher(keyring: keys.both),
      sealing: try OpenSSLTokenCipher(keyring: sealsAnother ? keys.both : keys.old),
      replacement: sealsAnother ? try .random() : nil)
    let host = TwilioProviders(
      store: bench.memory, cipher: cipher, transport: bench.twilio, configuration: bench.configuration)
    let progress = try await host.rewrapTokens()
    #expect(progress.rewrapped == 0 && progress.failures.values.map(\.code) == [.cipherFailed, .cipherFailed])
    try await known.expectAll(in: bench.memory, openingWith: keys.old)
  }

  @Test func aCipherThatNamesNoKeysIsRefused() async throws {
    let bench = try Bench()
    let host = TwilioProviders(
      store: bench.memory, cipher: TransparentTokenCipher(), transport: bench.twilio,
      configuration: bench.configuration)
    await expect(.keysNotNamed) { try await host.rewrapTokens() }
    await expect(.keysNotNamed) { try await host.keyUsage() }
    await expect(.keysNotNamed) { try await host.checkKeys() }
    await expect(.keysNotNamed) { try await host.checkUnused(.init(rawValue: "a")) }
  }
}
