import HTTPTypes
import Synchronization
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Creating, promoting and deleting a secondary: no token gets lost")
struct SecondaryTokenTests {
  static let secondaryPath = "/AuthTokens/Secondary"
  static let promotePath = "/AuthTokens/Promote"

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
    let before = try await bench.storedBytes(id)
    await expect(.insufficientPrivileges) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(try await bench.storedBytes(id) == before)
  }

  // MARK: Lost answers

  @Test(arguments: LossyTransport.Fault.allCases)
  func promotingWithALostAnswer(fault: LossyTransport.Fault) async throws {
    let bench = try Bench(wrapTransport: { LossyTransport($0, at: Self.promotePath, fault) })
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
    let bench = try Bench(wrapTransport: { LossyTransport($0, at: Self.secondaryPath, fault) })
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
        guard request.head.path?.hasSuffix(Self.promotePath) == true else { return response }
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

  @Test func aTokenSavedMeanwhileIsNotOverwrittenUnasked() async throws {
    let isRacing = Switch()
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { record in
        guard isRacing.isOn, let stored = try await memory.read(record.id) else { return }
        isRacing.turn(on: false)
        var updated = stored.record
        updated.token = SealedToken(bytes: [1])
        _ = try await memory.replace(updated, ifRevision: stored.revision)
      }
    })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    isRacing.turn(on: true)
    let asked = bench.twilio.requestCount(of: .fetchAccount)
    try await bench.providers.promoteSecondaryToken(of: id)
    #expect(bench.twilio.requestCount(of: .fetchAccount) == asked + 2, "before promoting, and after the lost race")
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  // MARK: Stores that fail

  @Test(arguments: [true, false])
  func aCandidateThatCannotBeStoredIsDeleted(deletionWorks: Bool) async throws {
    let isFailing = Switch()
    let bench = try Bench(
      wrapStore: { memory in
        InterruptedStore(memory: memory) { _ in if isFailing.isOn { throw LossyTransport.ForeignError() } }
      },
      wrapTransport: { twilio in
        ScriptedTransport { request in
          if request.head.method == .delete && !deletionWorks { throw TransportError(.timedOut, delivery: .maybeSent) }
          return try await twilio.send(request)
        }
      })
    let id = try await bench.register().id
    let before = try await bench.storedBytes(id)
    isFailing.turn(on: true)
    await expect(.storeFailed, deletionWorks ? .notApplied : .applied) {
      try await bench.providers.createSecondaryToken(of: id)
    }
    #expect(try await bench.storedBytes(id) == before)
    #expect(try (bench.account().secondary == nil) == deletionWorks)
  }

  @Test func aWriteOfUnknownFateIsReadBack() async throws {
    let isFailing = Switch()
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(
        memory: memory, beforeWrite: { _ in },
        afterWrite: { _ in if isFailing.isOn { throw LossyTransport.ForeignError() } })
    })
    let id = try await bench.register().id
    isFailing.turn(on: true)
    try await bench.providers.createSecondaryToken(of: id)
    #expect(try await bench.candidate(id) == bench.account().secondary)
  }

  @Test func aPromotionThatCannotBeStoredKeepsTheCandidate() async throws {
    let isFailing = Switch()
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { _ in if isFailing.isOn { throw LossyTransport.ForeignError() } }
    })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    isFailing.turn(on: true)
    await expect(.storeFailed, .applied) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(try await bench.candidate(id) == bench.account().primary)
    isFailing.turn(on: false)
    try await bench.providers.promoteSecondaryToken(of: id)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try bench.account().mutations.promoted == 1)
  }

  @Test func cancellingAfterTheRequestLeftLosesNothing() async throws {
    let (hasArrived, arrival) = AsyncStream<Void>.makeStream()
    let (mayAnswer, answering) = AsyncStream<Void>.makeStream()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        let response = try await twilio.send(request)
        if request.head.method == .post {
          arrival.finish()
          for await _ in mayAnswer {}
        }
        return response
      }
    })
    let id = try await bench.register().id
    let task = Task { try await bench.providers.createSecondaryToken(of: id) }
    for await _ in hasArrived {}
    task.cancel()
    answering.finish()
    _ = try await task.value
    #expect(try await bench.candidate(id) == bench.account().secondary)
  }

  // MARK: What stands in the way

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
    let before = try await bench.storedBytes(id)
    await expect(.tokenRefused) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(bench.twilio.requestCount(of: .promoteSecondary) == 0)
    #expect(try await bench.storedBytes(id) == before)
    try await bench.providers.deleteSecondaryToken(of: id)
    #expect(try await bench.candidate(id) == nil)
    try await bench.providers.remove(id)
  }

  @Test func deletingASecondaryOfTheConsole() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let before = try await bench.storedBytes(id)
    try await bench.providers.deleteSecondaryToken(of: id)
    bench.twilio.changeAccount(try bench.accountSID) { $0.secondary = try? .random() }
    try await bench.providers.deleteSecondaryToken(of: id)
    #expect(try bench.account().secondary == nil)
    #expect(try await bench.storedBytes(id) == before)
  }

  @Test func aDeletedCandidateThatStillWorksIsKept() async throws {
    var settings = TwilioSimulator.Settings()
    settings.nodes = [NodeLag(.seconds(3))]
    let time = VirtualTime(advancesWhenSleeping: true)
    let bench = try Bench(twilio: Bench.simulator(settings: settings, time: time), time: time)
    bench.time.advance(by: .seconds(10))
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    bench.time.advance(by: .seconds(10))
    let slow = bench.time.sleeps.count
    try await bench.providers.deleteSecondaryToken(of: id)
    #expect(bench.time.sleeps.count - slow == 3, "it waited until Twilio refused the candidate everywhere")
    #expect(try await bench.candidate(id) == nil)

    bench.twilio.configure { $0.nodes = [NodeLag(.seconds(60))] }
    bench.time.advance(by: .seconds(100))
    try await bench.providers.createSecondaryToken(of: id)
    bench.time.advance(by: .seconds(100))
    await expect(.deletionNotConfirmed, .applied) { try await bench.providers.deleteSecondaryToken(of: id) }
    #expect(try await bench.candidate(id) != nil)
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

/// A switch that tests throw while others look.
final class Switch: Sendable {
  private let state = Mutex(false)
  var isOn: Bool { state.withLock { $0 } }
  func turn(on: Bool) { state.withLock { $0 = on } }
}

/// Loses the answer to a promotion, and that to the request after it: the probe by which the promotion's outcome would
/// have been found.
final class LossyPromotion: HTTPTransport {
  private let twilio: TwilioSimulator
  private let lossy: LossyTransport
  private let state = Mutex(State.waiting)

  private enum State {
    case waiting, losesNext, spent
  }

  init(_ twilio: TwilioSimulator, _ fault: LossyTransport.Fault) {
    self.twilio = twilio
    lossy = LossyTransport(twilio, at: SecondaryTokenTests.promotePath, fault)
  }

  func send(_ request: TransportRequest) async throws -> TransportResponse {
    let isPromotion = request.head.path?.hasSuffix(SecondaryTokenTests.promotePath) == true
    let isLost = state.withLock { state in
      switch state {
      case .waiting where isPromotion: state = .losesNext
      case .losesNext:
        state = .spent
        return true
      case .waiting, .spent: break
      }
      return false
    }
    if isLost { throw TransportError(.timedOut, delivery: .maybeSent) }
    return try await lossy.send(request)
  }
}

extension Bench {
  /// The stored candidate, opened by a cipher of its own.
  func candidate(_ id: ProviderID) async throws -> AuthToken? {
    let record = try #require(try await memory.read(id)).record
    guard let candidate = record.rotation.candidate else { return nil }
    let context = SealingContext(providerID: id, accountSID: record.accountSID, slot: .candidate)
    return try OpenSSLTokenCipher(keyring: keyring).open(candidate.token, for: context)
  }
}
