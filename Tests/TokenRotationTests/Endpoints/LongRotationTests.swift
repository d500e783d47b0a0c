import HTTPTypes
import Synchronization
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

/// Holds requests at a gate until a test opens it.
private final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    var watchers: [CheckedContinuation<Void, Never>] = []
    var hasArrived = false
  }

  private let state = Mutex(State())

  func pass() async {
    let watchers = state.withLock { state in
      state.hasArrived = true
      defer { state.watchers = [] }
      return state.watchers
    }
    for watcher in watchers { watcher.resume() }
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func arrival() async {
    await withCheckedContinuation { continuation in
      let hasArrived = state.withLock { state in
        if !state.hasArrived { state.watchers.append(continuation) }
        return state.hasArrived
      }
      if hasArrived { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

@Suite("Endpoints: a rotation that takes long, and the second request for it")
struct LongRotationTests {
  private static func bench(_ gate: Gate, answersWithin: Duration) throws -> EndpointBench {
    try EndpointBench(
      Bench(wrapTransport: { twilio in
        ScriptedTransport { request in
          if request.head.path?.hasSuffix(LossyTransport.secondaryPath) == true { await gate.pass() }
          return try await twilio.send(request)
        }
      }), answersWithin: answersWithin)
  }

  @Test func goesOnAfterTheResponseAndIsNeverTwo() async throws {
    let gate = Gate()
    let bench = try Self.bench(gate, answersWithin: .zero)
    let id = try await bench.register()
    let path = "/twilio/\(id)/auth-token/rotate"
    for _ in 1...3 {
      let reply = await bench.ask(.post, path)
      #expect(reply.status == 202)
      let place = EndpointBench.base + "/twilio/\(id.replacing(":", with: "%3A"))/rotation"
      #expect(reply.fields[.location] == place)
      #expect(reply.json["rotation"] as? String == place)
      #expect(reply.fields[.retryAfter] != nil)
    }
    await gate.arrival()
    let explained = await bench.ask(.get, "/twilio/\(id)/rotation")
    #expect(explained.json["phase"] as? String == "creating")
    #expect(explained.json["isHeld"] as? Bool == true)
    // What is not the same as the rotation is told that one is under way.
    let other = try await bench.endpointsThatWait().ask(.post, "/twilio/\(id)/auth-token/secondary")
    #expect((other.status, other.code) == (409, "rotationInProgress"))
    #expect(other.fields[.retryAfter] != nil)

    gate.open()
    // The fourth request waits for the end, with endpoints that wait.
    while await bench.ask(.get, "/twilio/\(id)/rotation").json["phase"] as? String != "idle" { await Task.yield() }
    #expect(bench.bench.twilio.requestCount(of: .createSecondary) == 1)
    #expect(try await bench.bench.storedToken(ProviderID(id)) == bench.bench.account().primary)
  }

  @Test func aSecondRequestIsAnsweredWithTheSame() async throws {
    let gate = Gate()
    let bench = try Self.bench(gate, answersWithin: .seconds(3600))
    let id = try await bench.register()
    let replies = await withTaskGroup(of: EndpointReply.self) { group in
      for _ in 1...4 { group.addTask { await bench.ask(.post, "/twilio/\(id)/auth-token/rotate") } }
      await gate.arrival()
      gate.open()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(replies.allSatisfy { $0.status == 200 })
    // One that came after the end of the first would have been a rotation of its own.
    #expect(try await bench.bench.storedToken(ProviderID(id)) == bench.bench.account().primary)
    #expect(bench.bench.twilio.requestCount(of: .createSecondary) <= 4)
  }

  @Test func aCallerWhoGoesAwayStopsNothing() async throws {
    let gate = Gate()
    let bench = try Self.bench(gate, answersWithin: .seconds(3600))
    let id = try await bench.register()
    let request = Task { await bench.ask(.post, "/twilio/\(id)/auth-token/rotate") }
    await gate.arrival()
    request.cancel()
    _ = await request.value
    gate.open()
    while await bench.ask(.get, "/twilio/\(id)/rotation").json["phase"] as? String != "idle" { await Task.yield() }
    #expect(bench.bench.twilio.requestCount(of: .promoteSecondary) == 1)
  }

  @Test func aRotationOfAnotherProcessIsTheSameToo() async throws {
    let bench = try EndpointBench()
    let id = try await bench.register()
    try await bench.bench.plant(.creating, of: ProviderID(id))
    let reply = await bench.ask(.post, "/twilio/\(id)/auth-token/rotate")
    #expect(reply.status == 202)
    #expect(await bench.ask(.post, "/twilio/\(id)/auth-token/promote").code == "rotationInProgress")
    try await bench.bench.changeRecord(ProviderID(id)) { $0.rotation.goal = .create }
    #expect(await bench.ask(.post, "/twilio/\(id)/auth-token/rotate").code == "rotationInProgress")
  }

  @Test func shuttingDownBreaksOffWhatCanBeResumed() async throws {
    let gate = Gate()
    let bench = try Self.bench(gate, answersWithin: .zero)
    let id = try await bench.register()
    #expect(await bench.ask(.post, "/twilio/\(id)/auth-token/rotate").status == 202)
    await gate.arrival()
    let ending = Task { await bench.endpoints.shutdown() }
    gate.open()
    await ending.value
    #expect(await bench.ask(.post, "/twilio/\(id)/auth-token/rotate").code == "cancelled")
    try await bench.bench.providers.resumeAllRotations()
    #expect(try await bench.bench.storedToken(ProviderID(id)) == bench.bench.account().primary)
    #expect(await bench.ask(.get, "/twilio/\(id)").status == 200)
  }
}

extension EndpointBench {
  /// The same endpoints in another process, which wait for the end of what they do.
  fileprivate func endpointsThatWait() throws -> EndpointBench { try EndpointBench(bench) }
}
