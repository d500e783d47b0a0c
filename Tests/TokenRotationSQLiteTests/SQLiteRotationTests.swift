#if SQLite
import Logging
import Testing
import TokenRotation
import TokenRotationSQLite
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Rotations on SQLite lose no token")
struct SQLiteRotationTests {
  /// Two hosts, each with connections of its own to one file and the same Twilio.
  @Test func twoHostsRotateTheSameProviders() async throws {
    let folder = try TemporaryFolder()
    let sids = try (1...6).map { try AccountSID("AC0000000000000000000000000000000\($0)") }
    let time = VirtualTime(advancesWhenSleeping: true)
    let twilio = TwilioSimulator(
      accounts: try sids.enumerated().map { number, sid in
        SimulatedAccount(sid: sid, primary: try AuthToken(parsing: String(repeating: "\(number)", count: 32)))
      }, time: time)
    let keyring = try Keyring(sealingKey: .init(bytes: (0..<32).map { $0 }))
    var configuration = TokenRotationConfiguration(retryPolicy: .never, timeSource: time)
    configuration.logger.logLevel = .critical
    var hosts: [TwilioProviders] = []
    for _ in 0..<2 {
      hosts.append(
        try TwilioProviders(
          store: try await folder.open(.init(keepsTransitions: true)), keyring: keyring, transport: twilio,
          configuration: configuration))
    }
    var ids: [ProviderID] = []
    for sid in sids {
      let primary = try #require(twilio.account(sid)).primary
      ids.append(try await hosts[0].register(accountSID: sid, authToken: primary, name: "A line").id)
    }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for host in hosts {
        group.addTask { [ids] in
          var rotated = 0
          for id in ids {
            do {
              try await host.rotateAuthToken(of: id)
              rotated += 1
            } catch let error as TokenRotationError
              where [.rotationInProgress, .storeConflict, .databaseBusy].contains(error.code)
            {}
          }
          return rotated
        }
      }
      let rotated = try await group.reduce(0, +)
      #expect(rotated >= ids.count, "of two hosts at least one gets each rotation through")
    }

    let store = try await folder.open()
    for (sid, id) in zip(sids, ids) {
      let record = try #require(try await store.read(id)).record
      let context = SealingContext(providerID: id, accountSID: sid, slot: .current)
      let stored = try OpenSSLTokenCipher(keyring: keyring).open(record.token, for: context)
      #expect(stored == twilio.account(sid)?.primary)
      #expect(record.rotation.phase == .idle)
    }
    // Registered, and each rotation ends where it began.
    let labels = try await store.transitions(limit: 1_000).map(\.label)
    #expect(labels.filter { $0 == "registered" }.count == ids.count)
    #expect(labels.filter { $0 == "rotation_idle" }.count >= ids.count)
    #expect(labels.filter { $0 == "rotation_creating" }.count == labels.filter { $0 == "rotation_idle" }.count)
  }
}
#endif
