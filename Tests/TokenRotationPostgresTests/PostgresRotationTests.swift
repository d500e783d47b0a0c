import HTTPTypes
import Logging
import LoopbackSupport
import Testing
import TokenRotation
import TokenRotationPostgres
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Rotations on PostgreSQL lose no token", .timeLimit(.minutes(4)))
struct PostgresRotationTests {
  let keyring: Keyring

  init() throws { keyring = try Keyring(sealingKey: .init(bytes: (0..<32).map { $0 })) }

  func host(
    _ store: PostgresProviderStore, _ transport: some HTTPTransport, _ timings: RotationTimings
  ) throws -> TwilioProviders {
    var configuration = TokenRotationConfiguration(timings: timings, retryPolicy: .never)
    configuration.logger.logLevel = .critical
    return try TwilioProviders(store: store, keyring: keyring, transport: transport, configuration: configuration)
  }

  func storedToken(_ id: ProviderID, in store: PostgresProviderStore) async throws -> AuthToken {
    let record = try #require(try await store.read(id)).record
    #expect(record.rotation.phase == .idle)
    let context = SealingContext(providerID: id, accountSID: record.accountSID, slot: .current)
    return try OpenSSLTokenCipher(keyring: keyring).open(record.token, for: context)
  }

  /// Eight hosts, each with connections of its own, rotate the same hundred providers.
  @Test func manyHostsRotateTheSameProviders() async throws {
    let place = try await Place()
    let sids = try (0..<100).map { try AccountSID("AC" + String(repeating: "0", count: 29) + String($0 + 100)) }
    let twilio = TwilioSimulator(
      accounts: try sids.enumerated().map { number, sid in
        SimulatedAccount(
          sid: sid, primary: try AuthToken(parsing: String(repeating: "a", count: 29) + String(number + 100)))
      })
    // So long a lease that nobody alive lets it pass.
    let timings = try RotationTimings(
      requestDeadline: .seconds(10), lateCalls: .zero, propagation: .milliseconds(10), lease: .seconds(100),
      readersRefresh: .milliseconds(1))
    var hosts: [TwilioProviders] = []
    for _ in 0..<8 {
      hosts.append(
        try host(
          try await place.open(.init(maximumConnections: 2, keepsTransitions: true)), twilio,
          timings))
    }
    var ids: [ProviderID] = []
    for sid in sids {
      let primary = try #require(twilio.account(sid)).primary
      ids.append(try await hosts[0].register(accountSID: sid, authToken: primary, name: "A line").id)
    }
    let rotated = try await withThrowingTaskGroup(of: Int.self) { group in
      for (number, host) in hosts.enumerated() {
        group.addTask { [ids] in
          var rotated = 0
          // From different places, so that they meet here and there, and a few at a time.
          for index in ids.indices {
            do {
              try await host.rotateAuthToken(of: ids[(index + number * 7) % ids.count])
              rotated += 1
            } catch let error as TokenRotationError
              where [.rotationInProgress, .storeConflict].contains(error.code)
            {}
          }
          return rotated
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(rotated >= ids.count, "of those who meet, one gets the rotation through")

    let store = try await place.open()
    var mutations = 0
    for (sid, id) in zip(sids, ids) {
      let account = try #require(twilio.account(sid))
      #expect(try await storedToken(id, in: store) == account.primary)
      // Whoever takes over from one alive deletes its candidate.
      #expect(account.mutations.created == account.mutations.promoted && account.mutations.deleted == 0)
      mutations += account.mutations.promoted
    }
    #expect(mutations == rotated)
    let labels = try await store.transitions(limit: 1_000_000).map(\.label)
    #expect(labels.filter { $0 == "registered" }.count == ids.count)
    for phase in ["creating", "minted", "promoting", "idle"] {
      #expect(labels.filter { $0 == "rotation_\(phase)" }.count == rotated, "\(phase)")
    }
  }

  /// The network between a host and the server stops in the middle of a promotion.
  @Test func anotherTakesOverFromAHostThatIsCutOff() async throws {
    let place = try await Place()
    let forwarder = try Forwarder(toPort: place.server.port)
    let sid = try AccountSID("AC" + String(repeating: "7", count: 32))
    let twilio = TwilioSimulator(accounts: [
      SimulatedAccount(sid: sid, primary: try AuthToken(parsing: String(repeating: "b", count: 32)))
    ])
    // On a busy machine a write takes its time, and the lease has to outlast it.
    let timings = try RotationTimings(
      requestDeadline: .seconds(2), lateCalls: .zero, propagation: .milliseconds(10), lease: .seconds(4),
      readersRefresh: .milliseconds(1))
    let isCutOff = Signal()
    let cuttingOff = ScriptedTransport { request in
      let response = try await twilio.send(request)
      if !isCutOff.isSent, request.head.path?.hasSuffix("/Promote") == true {
        forwarder.set(.stalled)
        isCutOff.send()
      }
      return response
    }
    let cutOff = try host(
      try await place.open(.init(statementTimeout: .seconds(4)), port: forwarder.port), cuttingOff, timings)
    let primary = try #require(twilio.account(sid)).primary
    let id = try await cutOff.register(accountSID: sid, authToken: primary, name: "A line").id
    let rotation = Task {
      // Where it ends before, nobody is to wait for that.
      defer { isCutOff.send() }
      return try await cutOff.rotateAuthToken(of: id)
    }
    await isCutOff.wait()

    let store = try await place.open()
    let other = try host(store, twilio, timings)
    _ = try await other.resumeRotation(of: id)
    let settled = try #require(try await store.read(id))
    #expect(try await storedToken(id, in: store) == twilio.account(sid)?.primary)
    #expect(twilio.account(sid)?.primary != primary)

    forwarder.set(.forwarding)
    _ = await rotation.result
    #expect(try await store.read(id) == settled, "what the first one still wrote was refused")
    try await cutOff.rotateAuthToken(of: id)
    #expect(try await storedToken(id, in: store) == twilio.account(sid)?.primary)
  }
}
