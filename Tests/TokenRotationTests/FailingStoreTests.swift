import HTTPTypes
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Secondaries when the store fails or others write: no token gets lost")
struct FailingStoreTests {
  @Test func aTokenSavedMeanwhileStartsItOver() async throws {
    let isRacing = Switch()
    let (memory, time) = (InMemoryProviderStore(), VirtualTime(advancesWhenSleeping: true))
    let bench = try Bench(
      time: time,
      wrapStore: { _ in
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
    // It reads again, and finds a token that no longer opens.
    await expect(.sealedTokenTruncated) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(bench.twilio.requestCount(of: .promoteSecondary) == 0)
  }

  @Test(arguments: [true, false])
  func aCandidateThatCannotBeStoredIsDeleted(deletionWorks: Bool) async throws {
    let (isFailing, isCut) = (Switch(), Switch())
    let bench = try Bench(
      wrapStore: { memory in
        InterruptedStore(memory: memory) { record in
          if isFailing.isOn, record.rotation.phase == .minted { throw LossyTransport.ForeignError() }
        }
      },
      wrapTransport: { twilio in
        ScriptedTransport { request in
          if request.head.method == .delete, isCut.isOn { throw TransportError(.timedOut, delivery: .maybeSent) }
          return try await twilio.send(request)
        }
      })
    let id = try await bench.register().id
    isFailing.turn(on: true)
    isCut.turn(on: !deletionWorks)
    await expect(.storeFailed, .unknown) { try await bench.providers.createSecondaryToken(of: id) }
    #expect(try (bench.account().secondary == nil) == deletionWorks)
    isFailing.turn(on: false)
    isCut.turn(on: false)
    if deletionWorks {
      try await bench.providers.resumeRotation(of: id)
      #expect(try await bench.candidate(id) == bench.account().secondary)
    } else {
      await expect(.rotationQuarantined, .unknown) { try await bench.providers.resumeRotation(of: id) }
      #expect(try await bench.providers.explainRotation(of: id).quarantine == .interruptedCreate)
      #expect(try bench.account().mutations.deleted == 0, "nobody can tell whose it is")
      try await bench.providers.deleteSecondaryToken(of: id)
      try await bench.providers.rotateAuthToken(of: id)
    }
    #expect(try await bench.storedToken(id) == bench.account().primary)
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
      InterruptedStore(memory: memory) { record in
        if isFailing.isOn, record.rotation.phase == .idle { throw LossyTransport.ForeignError() }
      }
    })
    let id = try await bench.register().id
    try await bench.providers.createSecondaryToken(of: id)
    isFailing.turn(on: true)
    await expect(.storeFailed, .unknown) { try await bench.providers.promoteSecondaryToken(of: id) }
    #expect(try await bench.candidate(id) == bench.account().primary)
    await expect(.rotationInProgress) { try await bench.providers.promoteSecondaryToken(of: id) }
    isFailing.turn(on: false)
    try await bench.providers.resumeRotation(of: id)
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
          // As every real transport does.
          try Task.checkCancellation()
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
}
