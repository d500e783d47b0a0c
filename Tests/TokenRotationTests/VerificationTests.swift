import Foundation
import HTTPTypes
import Synchronization
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Verification: what is stored, and what it never overrules")
struct VerificationTests {
  @Test(arguments: Depth.allCases)
  func verify(depth: Depth) async throws {
    try await depth.withBench { bench in
      let id = try await bench.registerWithTrunk(numbers: 1100)
      #expect(try await bench.providers.verify(id).checks.map(\.status) == [.passed, .passed, .passed, .passed])
      try bench.changeTrunk { $0.authenticationTypes = [] }
      #expect(try await bench.providers.verify(id).status == .warning)
      await expect(.providerNotFound) { try await bench.providers.verify(ProviderID()) }
    }
  }

  @Test func anOutageNeitherFailsNorForgets() async throws {
    let isDown = Switch()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        if isDown.isOn { throw TransportError(.timedOut, delivery: .maybeSent) }
        return try await twilio.send(request)
      }
    })
    let id = try await bench.registerWithTrunk()
    let trunks = try bench.account().trunks
    bench.twilio.changeAccount(try bench.accountSID) { $0.trunks = [] }
    let failed = try await bench.providers.verify(id)
    #expect(failed.status == .failed)
    isDown.turn(on: true)
    for _ in 1...2 {
      bench.time.advance(by: .seconds(60))
      let report = try await bench.providers.verify(id)
      #expect(report.checks.map(\.status) == [.inconclusive, .inconclusive, .inconclusive, .inconclusive])
      #expect(report.status == .failed, "the trunk is as gone as before")
      #expect(report.lastVerifiedAt == failed.lastVerifiedAt)
      let check = try report.check(.trunk)
      #expect(check.knownStatus == .failed)
      #expect(try check.details?["lastMessage"] == failed.check(.trunk).message)
    }
    isDown.turn(on: false)
    bench.twilio.changeAccount(try bench.accountSID) { $0.trunks = trunks }
    let check = try await bench.providers.verify(id).check(.trunk)
    #expect(check.details?["lastStatus"] == nil)
    #expect(check.status == .passed)
  }

  /// While the trunk of the old token is looked at, the token is updated.
  @Test func anUpdateMeanwhileWins() async throws {
    let during = Box<@Sendable () async throws -> Void>()
    let isSpent = Switch()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        let response = try await twilio.send(request)
        if request.head.path?.hasSuffix(Bench.trunk) == true, !isSpent.isOn {
          isSpent.turn(on: true)
          try await during.value?()
        }
        return response
      }
    })
    let id = try await bench.registerWithTrunk()
    let token = try bench.rotateInConsole()
    let stored = Box<VerificationReport>()
    during.set { [providers = bench.providers] in
      stored.set(try await providers.updateAuthToken(of: id, to: token).verification)
    }
    // It holds the bench, whose transport holds it.
    defer { during.clear() }
    let report = try await bench.providers.verify(id)
    #expect(stored.value?.status == .verified)
    #expect(report.checks.map(\.status) == [.passed, .passed, .passed, .passed], "made anew, with the new token")
    #expect(try await bench.storedToken(id) == token)
    #expect(try await bench.providers.provider(id).verification == report)
    #expect(bench.twilio.requestCount(of: .fetchTrunk) == 2)
  }

  @Test func whatIsSaidOfAnOldTokenIsNeverStored() async throws {
    // Every verification is overtaken by an update with the token that works.
    let isOn = Switch()
    let keyring = try Keyring(sealingKey: .random())
    let cipher = try OpenSSLTokenCipher(keyring: keyring)
    let good = try AuthToken.random()
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { record in
        guard isOn.isOn, let stored = try await memory.read(record.id) else { return }
        var updated = stored.record
        updated.token = try cipher.seal(
          good, for: SealingContext(providerID: record.id, accountSID: record.accountSID, slot: .current))
        updated.verification.record(
          VerificationCheck(name: .credentials, status: .passed, message: "Newer.", timestamp: .distantFuture))
        _ = try await memory.replace(updated, ifRevision: stored.revision)
        isOn.turn(on: false)
      }
    })
    let id = try await bench.registerWithTrunk()
    _ = try bench.rotateInConsole()
    isOn.turn(on: true)
    // The new token is sealed by a key that this host lacks, so the second attempt cannot be made.
    await expect(.sealedTokenKeyUnknown) { try await bench.providers.verify(id) }
    #expect(try await bench.providers.provider(id).verification.check(.credentials).message == "Newer.")
  }

  /// A verification is stored directly before a rotation commits.
  @Test func aCommitKeepsWhatWasVerifiedMeanwhile() async throws {
    let isSpent = Switch()
    let trunk = VerificationCheck(name: .trunk, status: .failed, message: "Gone.", timestamp: .distantFuture)
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { record in
        guard record.rotation.committedAt != nil, !isSpent.isOn, let stored = try await memory.read(record.id) else {
          return
        }
        isSpent.turn(on: true)
        var verified = stored.record
        verified.verification.record(trunk)
        _ = try await memory.replace(verified, ifRevision: stored.revision)
      }
    })
    let id = try await bench.registerWithTrunk()
    try await bench.providers.rotateAuthToken(of: id)
    #expect(isSpent.isOn)
    let report = try await bench.providers.provider(id).verification
    #expect(try report.check(.trunk) == trunk)
    #expect(try report.check(.credentials).status == .passed)
  }

  @Test func aChangeThatHasNothingToDoWithItCostsNoSecondQuestion() async throws {
    let races = Mutex(2)
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { record in
        guard record.verification.checks.count > 1,
          races.withLock({
            $0 -= 1; return $0 >= 0
          }),
          let stored = try await memory.read(record.id)
        else { return }
        _ = try await memory.replace(stored.record, ifRevision: stored.revision)
      }
    })
    let id = try await bench.registerWithTrunk()
    #expect(try await bench.providers.verify(id).status == .verified)
    #expect(bench.twilio.requestCount(of: .fetchTrunk) == 1)
  }

  @Test func aRefusalRightAfterARotationIsNotBelieved() async throws {
    let bench = try Bench()
    let id = try await bench.registerWithTrunk()
    try await bench.providers.rotateAuthToken(of: id)
    bench.twilio.answerNext(to: .fetchAccount, with: .tokenRefused)
    let check = try await bench.providers.verify(id).check(.credentials)
    #expect(check.status == .inconclusive)
    bench.time.advance(by: bench.configuration.timings.propagation)
    bench.twilio.answerNext(to: .fetchAccount, with: .tokenRefused)
    #expect(try await bench.providers.verify(id).check(.credentials).status == .failed)
  }

  @Test func aPromotionWhoseAnswerWasLostFailsNobody() async throws {
    let bench = try Bench()
    let id = try await bench.registerWithTrunk()
    try await bench.plant(.promoting, of: id)
    bench.twilio.changeAccount(try bench.accountSID) { account in
      account.primary = account.secondary ?? account.primary
      account.secondary = nil
    }
    let report = try await bench.providers.verify(id)
    #expect(report.checks.map(\.status) == [.warning, .passed, .passed, .passed])
    #expect(report.status == .warning)
  }

  @Test func aCancelledVerificationChangesNothing() async throws {
    let reached = Box<Bool>()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        guard request.head.path?.hasSuffix(Bench.trunk) == true else { return try await twilio.send(request) }
        reached.set(true)
        try await Task.sleep(for: .seconds(3600))
        return try await twilio.send(request)
      }
    })
    let id = try await bench.registerWithTrunk()
    let before = try await bench.storedBytes(id)
    let task = Task { try await bench.providers.verify(id) }
    while reached.value == nil { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await bench.storedBytes(id) == before)
  }

  @Test func everyProviderSomeAtATime() async throws {
    let running = Mutex((now: 0, most: 0))
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        guard request.head.path?.hasSuffix(".json") == true else { return try await twilio.send(request) }
        running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        defer { running.withLock { $0.now -= 1 } }
        for _ in 0..<20 { await Task.yield() }
        return try await twilio.send(request)
      }
    })
    var ids: [ProviderID] = []
    for index in 10..<40 {
      let sid = try AccountSID("AC" + String(repeating: "\(index)", count: 16))
      let token = try AuthToken.random()
      bench.twilio.add(SimulatedAccount(sid: sid, primary: token))
      ids.append(try await bench.providers.register(accountSID: sid, authToken: token, name: "\(index)").id)
    }
    bench.twilio.changeAccount(try AccountSID("AC" + String(repeating: "12", count: 16))) { $0.status = .closed }
    try await bench.changeRecord(ids[5]) { $0.token = SealedToken(bytes: [1]) }
    running.withLock { $0.most = 0 }
    let results = try await bench.providers.verifyAll(concurrency: 3)
    #expect(Set(results.keys) == Set(ids))
    #expect((1...3).contains(running.withLock { $0.most }))
    #expect(try results[ids[2]]?.get().status == .failed)
    #expect(throws: TokenRotationError.self) { try results[ids[5]]?.get() }
    #expect(try results.filter { $0.key != ids[5] }.values.filter { try $0.get().status == .verified }.count == 28)
  }
}
