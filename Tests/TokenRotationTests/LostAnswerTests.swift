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
    switch fault {
    case .notSent:
      await expect(.twilioUnreachable) { try await bench.providers.promoteSecondaryToken(of: id) }
    case .lostBefore:
      await expect(.twilioUnreachable, .unknown) { try await bench.providers.promoteSecondaryToken(of: id) }
    case .lostAfter, .foreignAfter, .serverErrorAfter:
      let promotion = try await bench.providers.promoteSecondaryToken(of: id)
      #expect(promotion.dateUpdated == nil, "the answer was lost; the outcome was found by asking")
    }
    if try await bench.candidate(id) != nil { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(try bench.account().mutations.promoted == 1)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try await bench.candidate(id) == nil)
  }

  @Test(arguments: LossyTransport.Fault.allCases)
  func creatingWithALostAnswer(fault: LossyTransport.Fault) async throws {
    let bench = try Bench(wrapTransport: { LossyTransport($0, at: LossyTransport.secondaryPath, fault) })
    let id = try await bench.register().id
    let before = try await bench.storedBytes(id)
    let code: TokenRotationError.Code =
      switch fault {
      case .serverErrorAfter: .twilioUnavailable
      case .lostAfter: .twilioTimedOut
      default: .twilioUnreachable
      }
    await expect(code, fault == .notSent ? .notApplied : .unknown) {
      try await bench.providers.createSecondaryToken(of: id)
    }
    #expect(try await bench.storedBytes(id) == before)

    let isThere = try bench.account().secondary != nil
    if isThere {
      await expect(.secondaryExists) { try await bench.providers.createSecondaryToken(of: id) }
      try await bench.providers.deleteSecondaryToken(of: id)
    }
    try await bench.providers.createSecondaryToken(of: id)
    #expect(try await bench.candidate(id) == bench.account().secondary)
  }

  @Test(arguments: LossyTransport.Fault.allCases.filter { $0 != .notSent })
  func deletingAfterAPromotionWithALostAnswer(fault: LossyTransport.Fault) async throws {
    // The promotion's own probe is lost as well: the record still says candidate, and it is the primary.
    let bench = try Bench(wrapTransport: { LossyPromotion($0, fault) })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    _ = try? await bench.providers.promoteSecondaryToken(of: id)
    let primary = try bench.account().primary
    do {
      try await bench.providers.deleteSecondaryToken(of: id)
    } catch let error as TokenRotationError {
      #expect(error.code == .tokenRefused, "the old token no longer authenticates the deletion")
      try await bench.providers.promoteSecondaryToken(of: id)
    }
    #expect(try await bench.storedToken(id) == primary)
  }

  @Test func whatTwilioNamesAsThePrimaryIsStored() async throws {
    let other = try AuthToken.random()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        let response = try await twilio.send(request)
        guard request.head.path?.hasSuffix(LossyTransport.promotePath) == true else { return response }
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
    await expect(.twilioTimedOut, .unknown) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(try await bench.storedToken(id) == bench.firstToken)
    try await bench.providers.promoteSecondaryToken(of: id)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try bench.account().mutations.promoted == 1)
    #expect(bench.twilio.requestCount(of: .promoteSecondary) == (saysWhichTokenItIs ? 1 : 2))
  }
}
