import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Creating, promoting and deleting a secondary: no token gets lost")
struct SecondaryTokenTests {
  @Test func theCandidateIsStoredBeforeAnythingElse() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let secondary = try await bench.providers.createSecondaryToken(of: id)
    #expect(secondary.dateCreated != nil)
    let candidate = try await bench.candidate(id)
    #expect(try bench.account().secondary == candidate)
    #expect(try await bench.storedToken(id) == bench.firstToken, "the old token stays in use")

    let promotion = try await bench.providers.promoteSecondaryToken(of: id)
    #expect(promotion.accountSID == (try bench.accountSID))
    #expect(promotion.url != nil)
    #expect(try bench.account().primary == candidate)
    #expect(try await bench.storedToken(id) == candidate)
    #expect(try await bench.candidate(id) == nil)
  }

  @Test(arguments: [32, 33, 1], [true, false])
  func tokensOfAnyShapeAndNullFields(length: Int, nulls: Bool) async throws {
    var settings = TwilioSimulator.Settings()
    settings.tokenLength = length
    if nulls {
      settings.fieldOverrides[.createSecondary] = [
        "account_sid": .null, "date_created": .null, "date_updated": .missing, "url": .null,
      ]
      settings.fieldOverrides[.promoteSecondary] = ["auth_token": .null, "url": .missing, "date_created": .null]
      settings.fieldOverrides[.fetchAccount] = ["auth_token": .null, "status": .null]
    }
    let bench = try Bench(twilio: Bench.simulator(settings: settings))
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    let promotion = try await bench.providers.promoteSecondaryToken(of: id)
    #expect((promotion.url == nil) == nulls)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try await bench.storedToken(id).count == length)
  }

  @Test(arguments: TwilioSimulator.Settings.PromotionCaller.allCases.filter { $0 != .primaryOnly })
  func promotionIsCalledWithTheCandidate(caller: TwilioSimulator.Settings.PromotionCaller) async throws {
    var settings = TwilioSimulator.Settings()
    settings.promotionCaller = caller
    settings.authTokenForSecondary = .null
    let bench = try Bench(twilio: Bench.simulator(settings: settings))
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    try await bench.providers.promoteSecondaryToken(of: id)
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  @Test func promotionByThePrimaryOnlyLosesNothing() async throws {
    var settings = TwilioSimulator.Settings()
    settings.promotionCaller = .primaryOnly
    let bench = try Bench(twilio: Bench.simulator(settings: settings))
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    let candidate = try await bench.candidate(id)
    await expect(.insufficientPrivileges) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(try await bench.candidate(id) == candidate)
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  @Test func aStoreThatForgetsIsRefused() async throws {
    let bench = try Bench(configure: { $0.allowsTokenLossWithProcess = false })
    let id = try await bench.register().id
    await expect(.storeNotDurable) { try await bench.providers.createSecondaryToken(of: id) }
    await expect(.storeNotDurable) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(try bench.account().mutations.created == 0)
  }

  @Test func promotingWithoutACandidateIsRefused() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    bench.twilio.changeAccount(try bench.accountSID) { $0.secondary = try? .random() }
    await expect(.candidateMissing) { try await bench.providers.promoteSecondaryToken(of: id) }
    await expect(.secondaryExists) { try await bench.providers.createSecondaryToken(of: id) }
    #expect(try bench.account().secondary != nil, "nothing is deleted that is not ours")
  }

  @Test func aSecondCandidateIsRefused() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    let before = try await bench.storedBytes(id)
    await expect(.secondaryExists) { try await bench.providers.createSecondaryToken(of: id) }
    await expect(.secondaryExists) { try await bench.providers.remove(id) }
    #expect(try await bench.storedBytes(id) == before)
    #expect(bench.twilio.requestCount(of: .createSecondary) == 1)
  }

  @Test func aDeadCandidateIsNotPromoted() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    bench.twilio.changeAccount(try bench.accountSID) { $0.secondary = nil }
    await expect(.candidateRejected) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(bench.twilio.requestCount(of: .promoteSecondary) == 0)
    #expect(try await bench.candidate(id) == nil)
    #expect(try await bench.storedToken(id) == bench.firstToken)
    try await bench.providers.rotateAuthToken(of: id)
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  @Test func deletingASecondaryOfTheConsole() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let before = try await bench.memory.read(id)?.record
    try await bench.providers.deleteSecondaryToken(of: id)
    bench.twilio.changeAccount(try bench.accountSID) { $0.secondary = try? .random() }
    try await bench.providers.deleteSecondaryToken(of: id)
    #expect(try bench.account().secondary == nil)
    #expect(try await bench.memory.read(id)?.record == before)
  }

  @Test func deletingTheCandidateKeepsItUntilARotationSucceeds() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    try await bench.providers.deleteSecondaryToken(of: id)
    #expect(try bench.account().secondary == nil)
    #expect(try await bench.candidate(id) == nil)
    #expect(try await bench.providers.explainRotation(of: id).keptTokens == 1)
    try await bench.providers.rotateAuthToken(of: id)
    #expect(try await bench.providers.explainRotation(of: id).keptTokens == 0)
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  @Test func outsideUS1NothingIsSent() async throws {
    let token = try AuthToken.random()
    let bench = try Bench()
    bench.twilio.add(SimulatedAccount(sid: try bench.accountSID, primary: token, region: .ie1))
    let id = try await bench.providers.register(
      accountSID: bench.accountSID, authToken: token, name: "Dublin", region: .ie1
    ).id
    await expect(.regionNotSupported) { try await bench.providers.createSecondaryToken(of: id) }
    await expect(.regionNotSupported) { try await bench.providers.deleteSecondaryToken(of: id) }
    #expect(bench.twilio.requestCount(of: .createSecondary) == 0)
  }
}
