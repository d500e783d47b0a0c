import HTTPTypes
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Secondaries when answers get lost: the evidence decides, and no token gets lost")
struct LostAnswerTests {
  @Test(arguments: LossyTransport.Fault.allCases)
  func promotingWithALostAnswer(fault: LossyTransport.Fault) async throws {
    let bench = try Bench(wrapTransport: { LossyTransport($0, at: LossyTransport.promotePath, fault) })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    let promotion = try await bench.providers.promoteSecondaryToken(of: id)
    let isFoundByAsking = fault != .notSent && fault != .lostBefore
    #expect((promotion.url == nil) == isFoundByAsking)
    #expect(try bench.account().mutations.promoted == 1)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try await bench.candidate(id) == nil)
  }

  @Test(arguments: LossyTransport.Fault.allCases)
  func creatingWithALostAnswer(fault: LossyTransport.Fault) async throws {
    let bench = try Bench(wrapTransport: { LossyTransport($0, at: LossyTransport.secondaryPath, fault) })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    #expect(try await bench.candidate(id) == bench.account().secondary)
    #expect(try await bench.storedToken(id) == bench.firstToken)
    // A secondary that nobody saw was deleted, and another one created.
    let wasCreatedUnseen = fault != .notSent && fault != .lostBefore
    #expect(try bench.account().mutations.created == (wasCreatedUnseen ? 2 : 1))
    #expect(try bench.account().mutations.deleted == (wasCreatedUnseen ? 1 : 0))
  }

  @Test(arguments: LossyTransport.Fault.allCases.filter { $0 != .notSent })
  func deletingAfterAPromotionWithALostAnswer(fault: LossyTransport.Fault) async throws {
    // The promotion's own probe is lost as well, as often as it is made: the record still says candidate.
    let bench = try Bench(wrapTransport: { LossyPromotion($0, fault) })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    _ = try? await bench.providers.promoteSecondaryToken(of: id)
    let wasPromoted = try bench.account().mutations.promoted == 1
    _ = try? await bench.providers.resumeRotation(of: id)
    try await bench.providers.deleteSecondaryToken(of: id)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try wasPromoted || bench.account().secondary == nil)
  }

  @Test func whatTwilioNamesAsThePrimaryIsStored() async throws {
    let other = try AuthToken.random()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        let response = try await twilio.send(request)
        guard request.head.path?.hasSuffix(LossyTransport.promotePath) == true else { return response }
        twilio.changeAccount(try AccountSID(Bench.sid)) { $0.primary = other }
        return .json(200, #"{"auth_token":"\#(other.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })"}"#)
      }
    })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    try await bench.providers.promoteSecondaryToken(of: id)
    #expect(try await bench.storedToken(id) == other)
  }

  @Test(arguments: [true, false])
  func aNotFoundThatTheCandidateAuthenticatedMeansPromoted(saysWhichTokenItIs: Bool) async throws {
    var settings = TwilioSimulator.Settings()
    if !saysWhichTokenItIs { settings.fieldOverrides[.fetchAccount] = ["auth_token": .null] }
    let bench = try Bench(
      twilio: Bench.simulator(settings: settings), wrapTransport: { LossyPromotion($0, .lostAfter) })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    try await bench.providers.promoteSecondaryToken(of: id)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try bench.account().mutations.promoted == 1)
    #expect(bench.twilio.requestCount(of: .promoteSecondary) == 1)
  }
}
