import HTTPTypes
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("A whole rotation: what it costs, who may do it, how it is left and resumed")
struct RotationTests {
  @Test func theHappyPathAndItsCost() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let (asked, revision) = (bench.twilio.requestCount(of: .fetchAccount), try await bench.revision(id))
    var events = bench.providers.rotationEvents().makeAsyncIterator()
    let provider = try await bench.providers.rotateAuthToken(of: id)

    #expect(provider.verification.status == .verified)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try bench.account().secondary == nil)
    #expect(try await bench.memory.read(id)?.record.rotation.phase == .idle)
    #expect(bench.twilio.requestCount(of: .createSecondary) == 1)
    #expect(bench.twilio.requestCount(of: .promoteSecondary) == 1)
    #expect(bench.twilio.requestCount(of: .fetchAccount) - asked == 3)
    #expect(try await bench.revision(id) - revision == 4)
    #expect(bench.time.sleeps == [RotationTimings.standard.readersRefresh])
    for kind: RotationEvent.Kind in [.minted, .proven, .promoted, .committed] {
      let event = try #require(await events.next())
      #expect(event.kind == kind)
      #expect(event.providerID == id && event.reason == nil)
    }
  }

  @Test(arguments: [(nil, 2), (2, 2), (3600, 1)] as [(Int?, Int)])
  func aPauseThatTwilioAsksForIsKeptIfItIsNotTooLong(seconds: Int?, attempts: Int) async throws {
    let fields: HTTPFields = seconds.map { [.retryAfter: "\($0)"] } ?? [:]
    let isBusy = Switch()
    isBusy.turn(on: true)
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        guard isBusy.isOn, request.head.method == .post else { return try await twilio.send(request) }
        isBusy.turn(on: false)
        return .json(429, #"{"code":20429}"#, fields: fields)
      }
    })
    let id = try await bench.register().id
    if attempts == 2 {
      try await bench.providers.createSecondaryToken(of: id)
      if let seconds { #expect(bench.time.sleeps == [.seconds(seconds)]) }
    } else {
      let error = await #expect(throws: TokenRotationError.self) {
        try await bench.providers.createSecondaryToken(of: id)
      }
      #expect(error?.code == .twilioRateLimited && error?.outcome == .notApplied)
      #expect(error?.retryAfter == .seconds(3600))
    }
    #expect(bench.twilio.requestCount(of: .createSecondary) == attempts - 1)
  }

  @Test func aSecondRotationIsRefusedWhileOneIsUnderWay() async throws {
    let time = VirtualTime()
    let bench = try Bench(time: time)
    let id = try await bench.register().id
    let first = Task { try await bench.providers.rotateAuthToken(of: id) }
    await time.sleepers(count: 1)
    let other = try bench.anotherProcess()
    for providers in [bench.providers, other] {
      await expect(.rotationInProgress) { try await providers.rotateAuthToken(of: id) }
      await expect(.rotationInProgress) { try await providers.promoteSecondaryToken(of: id) }
      await expect(.rotationInProgress) { try await providers.deleteSecondaryToken(of: id) }
      await expect(.secondaryExists) { try await providers.remove(id) }
    }
    time.advance(by: RotationTimings.standard.readersRefresh)
    _ = try await first.value
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  @Test func resumingWaitsForTheLeaseAndSeesWhoIsAlive() async throws {
    let time = VirtualTime()
    let bench = try Bench(time: time)
    let id = try await bench.register().id
    try await bench.plant(.creating, of: id)

    let early = Task { try await bench.anotherProcess().resumeRotation(of: id) }
    await time.sleepers(count: 1)
    try await bench.changeRecord(id) { $0.rotation.tenure?.beat += 1 }
    time.advance(by: .seconds(46))
    await expect(.rotationInProgress) { try await early.value }

    let late = Task { try await bench.anotherProcess().resumeRotation(of: id) }
    for _ in 0..<3 {
      await time.sleepers(count: 1)
      #expect(bench.twilio.requestCount(of: .createSecondary) == 0)
      time.advance(by: .seconds(46))
    }
    await time.sleepers(count: 1)
    // Somebody changes what has nothing to do with it: that is no sign of life.
    _ = try await bench.providers.updateDetails(of: id) { $0.name = "Another name" }
    time.advance(by: .seconds(46))
    // A call of the worker that is gone may be late, and readers have to see the candidate.
    for _ in 0..<2 {
      await time.sleepers(count: 1)
      time.advance(by: .seconds(60))
    }
    _ = try await late.value
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(time.uptime > RotationTimings.standard.lease)
  }

  @Test(arguments: RotationPhase.allCases)
  func whateverWasInterruptedIsFinished(phase: RotationPhase) async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.plant(phase, of: id)
    try await bench.providers.resumeRotation(of: id)
    #expect(try await bench.storedToken(id) == bench.account().primary)
    #expect(try await bench.memory.read(id)?.record.rotation.phase == .idle)
    if phase == .promoting {
      #expect(try bench.account().mutations.deleted == 1, "a predecessor's candidate is deleted")
    }
  }

  @Test(arguments: RotationPhase.allCases)
  func whateverWasInterruptedCanBeAbandoned(phase: RotationPhase) async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.plant(phase, of: id)
    if phase == .quarantined {
      await expect(.rotationQuarantined, .unknown) { try await bench.providers.abandonRotation(of: id) }
      return
    }
    try await bench.providers.abandonRotation(of: id)
    #expect(try await bench.storedToken(id) == bench.firstToken)
    #expect(try bench.account().secondary == nil)
    #expect(try await bench.memory.read(id)?.record.rotation.phase == .idle)
  }

  @Test(arguments: RotationPhase.allCases)
  func aTokenOfThePersonEndsWhateverIsOpen(phase: RotationPhase) async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.plant(phase, of: id)
    await expect(.tokenRefused) { try await bench.providers.updateAuthToken(of: id, to: .random()) }
    #expect(try await bench.memory.read(id)?.record.rotation.phase == phase)
    let token = try bench.rotateInConsole()
    try await bench.providers.updateAuthToken(of: id, to: token)
    #expect(try await bench.storedToken(id) == token)
    #expect(try await bench.memory.read(id)?.record.rotation.phase == .idle)
    #expect(
      try await bench.providers.explainRotation(of: id).keptTokens == (phase == .idle ? 0 : bench.kept(phase) + 1))
  }

  @Test func aCandidateThatWasOnlyToBeCreatedStaysOne() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    #expect(try await bench.providers.resumeAllRotations().keys.sorted() == [id])
    #expect(try bench.account().mutations.promoted == 0)
    #expect(try await bench.candidate(id) == bench.account().secondary)
  }

  @Test func allThatIsOpenIsResumedAndNothingElseIsAskedAbout() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.plant(.minted, of: id)
    let damaged = try AuthToken.random()
    let other = try AccountSID("AC" + String(repeating: "b2", count: 16))
    bench.twilio.add(SimulatedAccount(sid: other, primary: damaged))
    let quiet = try await bench.providers.register(accountSID: other, authToken: damaged, name: "Quiet").id
    let asked = bench.twilio.requestCount(of: .fetchAccount)
    let results = try await bench.providers.resumeAllRotations(concurrency: 1)
    #expect(results.keys.sorted() == [id])
    #expect(bench.twilio.requestCount(of: .fetchAccount) == asked + 3, "none for \(quiet)")
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  @Test func anUpdateRightAfterARotationWaitsForTheNodesThatAreBehind() async throws {
    let time = VirtualTime(advancesWhenSleeping: true)
    var settings = TwilioSimulator.Settings()
    settings.nodes = [NodeLag(.seconds(50))]
    let bench = try Bench(twilio: Bench.simulator(time: time), time: time)
    time.advance(by: .seconds(1000))
    let id = try await bench.register().id
    try await bench.providers.rotateAuthToken(of: id)
    bench.twilio.configure { $0.nodes = settings.nodes }
    // A node that is behind still takes the old token for the primary.
    await expect(.tokenRefused) { try await bench.providers.updateAuthToken(of: id, to: bench.firstToken) }
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  @Test func aTokenThatThePersonEntersIsNotKeptAsideAsWell() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.plant(.promoting, of: id)
    let candidate = try #require(bench.plantedCandidate)
    bench.twilio.changeAccount(try bench.accountSID) { account in
      account.primary = candidate
      account.secondary = nil
    }
    try await bench.providers.updateAuthToken(of: id, to: candidate)
    #expect(try await bench.providers.explainRotation(of: id).keptTokens == 1, "the old token only")
  }

  /// Between the last question and the deletion, the process stands still, and a person deletes our secondary and creates
  /// one.
  @Test func aDeletionIsAskedAboutAnewAfterAStandstill() async throws {
    let time = VirtualTime(advancesWhenSleeping: true)
    let twilio = try Bench.simulator(time: time)
    let account = try AccountSID(Bench.sid)
    let persons = try AuthToken.random()
    let hasStoodStill = Switch()
    let bench = try Bench(
      twilio: twilio, time: time,
      wrapStore: { memory in
        InterruptedStore(memory: memory) { record in
          guard record.rotation.phase == .discarding, !hasStoodStill.isOn else { return }
          hasStoodStill.turn(on: true)
          time.advance(by: .seconds(600))
          twilio.changeAccount(account) { $0.secondary = persons }
        }
      })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    try await bench.providers.abandonRotation(of: id)
    #expect(hasStoodStill.isOn)
    #expect(try bench.account().secondary == persons)
    #expect(try await bench.storedToken(id) == bench.firstToken)
  }

  @Test func aSingleRefusalDoesNotCostTheTokenInUse() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    bench.twilio.answerNext(to: .fetchAccount, with: .tokenRefused)
    try await bench.providers.resumeRotation(of: id)
    #expect(try await bench.storedToken(id) == bench.firstToken)
    #expect(try await bench.candidate(id) == bench.account().secondary)
  }

  @Test func aTokenThatWasGivenUpIsFoundAgain() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.plant(.minted, of: id)
    try await bench.providers.abandonRotation(of: id)
    let lost = try #require(try bench.account().mutations.deleted == 1 ? bench.plantedCandidate : nil)
    bench.twilio.changeAccount(try bench.accountSID) { $0.primary = lost }
    try await bench.providers.resumeRotation(of: id)
    #expect(try await bench.storedToken(id) == lost)
  }

  @Test func cancellingBetweenStatesLeavesARecordThatNobodyHolds() async throws {
    let time = VirtualTime()
    let bench = try Bench(time: time)
    let id = try await bench.register().id
    let rotation = Task { try await bench.providers.rotateAuthToken(of: id) }
    await time.sleepers(count: 1)
    rotation.cancel()
    await #expect(throws: CancellationError.self) { try await rotation.value }
    let explanation = try await bench.providers.explainRotation(of: id)
    #expect(explanation.phase == .minted && !explanation.isHeld)
    let second = Task { try await bench.providers.rotateAuthToken(of: id) }
    await time.sleepers(count: 1)
    time.advance(by: RotationTimings.standard.readersRefresh)
    _ = try await second.value
    #expect(try bench.account().mutations.created == 1)
    #expect(try await bench.storedToken(id) == bench.account().primary)
  }

  @Test func nothingIsSentThatTheLeaseDoesNotCover() async throws {
    let time = VirtualTime(advancesWhenSleeping: true)
    let bench = try Bench(
      time: time,
      wrapStore: { memory in
        InterruptedStore(
          memory: memory, beforeWrite: { _ in },
          afterWrite: { record in
            // The store takes so long that somebody else may have taken over when it answers.
            if record.rotation.phase == .creating { time.advance(by: .seconds(170)) }
          })
      })
    let id = try await bench.register().id
    await expect(.storeFailed, .unknown) { try await bench.providers.createSecondaryToken(of: id) }
    #expect(bench.twilio.requestCount(of: .createSecondary) == 0)
  }

  @Test(arguments: [true, false])
  func anUpdateThatLostARaceWaitsIfTheTokenWasChanged(tokenIsChanged: Bool) async throws {
    let isRacing = Switch()
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { record in
        guard isRacing.isOn, let stored = try await memory.read(record.id) else { return }
        isRacing.turn(on: false)
        var updated = stored.record
        if tokenIsChanged { updated.token = SealedToken(bytes: [1]) } else { updated.details.name = "Another name" }
        _ = try await memory.replace(updated, ifRevision: stored.revision)
      }
    })
    let id = try await bench.register().id
    isRacing.turn(on: true)
    let asked = bench.twilio.requestCount(of: .fetchAccount)
    try await bench.providers.updateAuthToken(of: id, to: bench.firstToken)
    #expect(bench.time.sleeps == (tokenIsChanged ? [RotationTimings.standard.propagation] : []))
    #expect(bench.twilio.requestCount(of: .fetchAccount) == asked + 2, "it is validated again")
  }

  @Test func longWaitsRenewTheLease() async throws {
    let bench = try Bench(configure: {
      $0.timings = (try? RotationTimings(readersRefresh: .seconds(600))) ?? .standard
    })
    let id = try await bench.register().id
    let revision = try await bench.revision(id)
    try await bench.providers.rotateAuthToken(of: id)
    #expect(bench.time.sleeps == Array(repeating: .seconds(60), count: 10))
    #expect(try await bench.revision(id) - revision == 4 + 9)
  }

  @Test(arguments: [
    (100, 30, 60, 30, 10), (15, 30, 60, 50, 10), (0, 30, 60, 180, 10), (15, -1, 60, 180, 10), (15, 30, -1, 180, 10),
    (15, 30, 60, 180, -1), (15, 30, 60, 100_000, 10),
  ])
  func timingsThatCannotBeRightAreRefused(deadline: Int, late: Int, propagation: Int, lease: Int, readers: Int) {
    let error = #expect(throws: TokenRotationError.self) {
      try RotationTimings(
        requestDeadline: .seconds(deadline), lateCalls: .seconds(late), propagation: .seconds(propagation),
        lease: .seconds(lease), readersRefresh: .seconds(readers))
    }
    #expect(error?.code == .configurationInvalid)
  }

  @Test func theFastTimingsAreFast() throws {
    let fast = RotationTimings.fast
    for duration in [fast.requestDeadline, fast.lateCalls, fast.propagation, fast.lease, fast.readersRefresh] {
      #expect(duration <= .milliseconds(500))
    }
    for timings in [fast, .standard] {
      let checked = try RotationTimings(
        requestDeadline: timings.requestDeadline, lateCalls: timings.lateCalls, propagation: timings.propagation,
        lease: timings.lease, readersRefresh: timings.readersRefresh)
      #expect(checked == timings)
    }
  }
}
