import Foundation
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Operations, the same at every depth: in memory, over sockets, through libcurl")
struct OperationsTests {
  @Test(arguments: Depth.allCases)
  func lifeOfAProvider(depth: Depth) async throws {
    try await depth.withBench { bench in
      let providers = bench.providers
      let provider = try await providers.register(
        id: ProviderID("support"), accountSID: bench.accountSID, authToken: bench.firstToken, name: "Support line")
      #expect(provider.verification.status == .verified)
      #expect(provider.verification.lastVerifiedAt != nil)
      #expect(try await providers.provider(provider.id) == provider)
      #expect(try await providers.providers(accountSID: bench.accountSID) == [provider])
      #expect(try await bench.storedToken(provider.id) == bench.firstToken)

      let detailed = try await providers.updateDetails(of: provider.id) {
        $0.trunkSID = try TrunkSID("TK" + String(repeating: "0f", count: 16))
        $0.terminationURI = try TerminationURI("example.pstn.twilio.com")
        $0.phoneNumberCount = 3
      }
      let second = try bench.rotateInConsole()
      bench.time.advance(by: .seconds(60))
      let updated = try await providers.updateAuthToken(of: provider.id, to: second)
      #expect(updated.details == detailed.details, "an update touches nothing but the token")
      #expect(updated.verification.lastVerifiedAt == provider.verification.lastVerifiedAt?.addingTimeInterval(60))
      #expect(try await bench.storedToken(provider.id) == second)

      let before = try await bench.storedBytes(provider.id)
      await expect(.tokenRefused) { try await providers.updateAuthToken(of: provider.id, to: .random()) }
      #expect(try await bench.storedBytes(provider.id) == before)

      try await providers.createSecondaryToken(of: provider.id)
      try await providers.deleteSecondaryToken(of: provider.id)
      try await providers.createSecondaryToken(of: provider.id)
      try await providers.promoteSecondaryToken(of: provider.id)
      #expect(try await bench.storedToken(provider.id) == bench.account().primary)
      #expect(try bench.account().secondary == nil)
      #expect(try bench.account().primary != second)

      try await providers.remove(provider.id)
      await expect(.providerNotFound) { try await providers.provider(provider.id) }
      #expect(try await providers.providers(accountSID: bench.accountSID).isEmpty)
    }
  }

  @Test(arguments: Depth.allCases)
  func verdicts(depth: Depth) async throws {
    try await depth.withBench { bench in
      let id = try await bench.register().id
      let before = try await bench.storedBytes(id)
      func verdict(_ token: AuthToken) async throws -> String {
        switch try await bench.providers.validateAuthToken(token, for: id) {
        case .accepted(let account): account.role.rawValue
        case .rejected(let rejection): rejection.reason.rawValue
        case .inconclusive(let error): error.code.rawValue
        }
      }
      let secondary = try AuthToken.random()
      bench.twilio.changeAccount(try bench.accountSID) { $0.secondary = secondary }
      #expect(try await verdict(bench.firstToken) == "primary")
      #expect(try await verdict(secondary) == "secondary")
      #expect(try await verdict(.random()) == "tokenRefused")
      bench.twilio.answerNext(with: .unavailable)
      #expect(try await verdict(bench.firstToken) == "twilioUnavailable")
      bench.twilio.answerNext(with: .rateLimited)
      #expect(try await verdict(bench.firstToken) == "twilioRateLimited")
      #expect(try await bench.storedBytes(id) == before)
    }
  }

  @Test(arguments: Depth.allCases)
  func manyAtOnce(depth: Depth) async throws {
    try await depth.withBench { bench in
      let id = try await bench.register().id
      let token = try bench.rotateInConsole()
      // Every update but one loses the race; each starts over from the read.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask { try await bench.providers.updateAuthToken(of: id, to: token) }
        }
        try await group.waitForAll()
      }
      #expect(try await bench.storedToken(id) == token)
      #expect(try await bench.memory.read(id)?.revision == Revision(rawValue: 5))
    }
  }

  @Test func aTokenOfTheConsoleEndsAPreparedRotation() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    let other = try await bench.candidate(id)
    // A person promotes our secondary in the Console and types it in.
    bench.twilio.changeAccount(try bench.accountSID) { account in
      account.primary = account.secondary ?? account.primary
      account.secondary = nil
    }
    try await bench.providers.updateAuthToken(of: id, to: try #require(other))
    #expect(try await bench.candidate(id) == nil)
    #expect(try await bench.storedToken(id) == other)
  }

  @Test func aTokenOfTheConsoleEndsARotationAndKeepsTheCandidateAside() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    try await bench.providers.updateAuthToken(of: id, to: try bench.rotateInConsole())
    #expect(try await bench.candidate(id) == nil)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try await bench.providers.explainRotation(of: id).keptTokens == 2, "the candidate and the token of before")
    // The candidate is still the account's secondary; that it is ours is known from what was kept.
    try await bench.providers.rotateAuthToken(of: id)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try await bench.providers.explainRotation(of: id).keptTokens == 0)
  }

  @Test func aLostRaceIsRunAgainFromTheRead() async throws {
    let lost = Switch()
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { record in
        guard lost.isOn else { return }
        lost.turn(on: false)
        // Someone else renames the provider between our read and our write.
        guard let stored = try await memory.read(record.id) else { return }
        var renamed = stored.record
        renamed.details.name = "Renamed"
        _ = try await memory.replace(renamed, ifRevision: stored.revision)
      }
    })
    let id = try await bench.register().id
    let token = try bench.rotateInConsole()
    lost.turn(on: true)
    let provider = try await bench.providers.updateAuthToken(of: id, to: token)
    #expect(provider.details.name == "Renamed")
    #expect(try await bench.storedToken(id) == token)
    #expect(bench.twilio.requestCount(of: .fetchAccount) == 3, "validated again after the lost race")
  }

  @Test func racesAreNotLostForever() async throws {
    let isBusy = Switch()
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { record in
        guard isBusy.isOn, let stored = try await memory.read(record.id) else { return }
        _ = try await memory.replace(stored.record, ifRevision: stored.revision)
      }
    })
    let id = try await bench.register().id
    isBusy.turn(on: true)
    await expect(.storeConflict) { try await bench.providers.updateAuthToken(of: id, to: bench.firstToken) }
    #expect(bench.twilio.requestCount(of: .fetchAccount) == 6, "once for registering, then five attempts")
  }

  @Test func aRegionHasATokenOfItsOwn() async throws {
    let bench = try Bench()
    let irish = try AuthToken.random()
    bench.twilio.add(SimulatedAccount(sid: try bench.accountSID, primary: irish, region: .ie1))
    let american = try await bench.register()
    let provider = try await bench.providers.register(
      accountSID: bench.accountSID, authToken: irish, name: "Dublin", region: .ie1)
    #expect(try await Set(bench.providers.providers(accountSID: bench.accountSID)) == [american, provider])
    await expect(.tokenRefused) { try await bench.providers.updateAuthToken(of: american.id, to: irish) }
  }

  @Test func aParentsTokenIsNotTakenForASubaccounts() async throws {
    let bench = try Bench()
    let subaccount = try AccountSID("ACb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2")
    let own = try AuthToken.random()
    bench.twilio.add(SimulatedAccount(sid: subaccount, primary: own, owner: try bench.accountSID))
    await expect(.tokenRefused) {
      try await bench.providers.register(accountSID: subaccount, authToken: bench.firstToken, name: "Sub")
    }
    _ = try await bench.providers.register(accountSID: subaccount, authToken: own, name: "Sub")
  }
}
