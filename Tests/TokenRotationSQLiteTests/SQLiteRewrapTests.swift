#if SQLite
import Logging
import Testing
import TokenRotation
import TokenRotationSQLite
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Tokens are rewrapped on SQLite while two hosts rotate and update them")
struct SQLiteRewrapTests {
  @Test func nothingIsLostAndTheOldKeyMayGo() async throws {
    let folder = try TemporaryFolder()
    let sids = try (1...8).map { try AccountSID("AC0000000000000000000000000000000\($0)") }
    let time = VirtualTime(advancesWhenSleeping: true)
    let twilio = TwilioSimulator(
      accounts: try sids.enumerated().map { number, sid in
        SimulatedAccount(sid: sid, primary: try AuthToken(parsing: String(repeating: "\(number)", count: 32)))
      }, time: time)
    let keys = try [UInt8(1), 2].map { try Keyring.Key(bytes: Array(repeating: $0, count: 32)) }
    let old = try Keyring(sealingKey: keys[0])
    let both = try Keyring(sealingKey: keys[1], openingKeys: [keys[0]])
    var configuration = TokenRotationConfiguration(retryPolicy: .never, timeSource: time)
    configuration.logger.logLevel = .critical
    func host(_ keyring: Keyring) async throws -> TwilioProviders {
      try TwilioProviders(
        store: try await folder.open(.init(keepsTransitions: true)), keyring: keyring, transport: twilio,
        configuration: configuration)
    }
    let before = try await host(old)
    var ids: [ProviderID] = []
    for sid in sids {
      let primary = try #require(twilio.account(sid)).primary
      ids.append(try await before.register(accountSID: sid, authToken: primary, name: "A line").id)
    }
    let hosts = [try await host(both), try await host(both)]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, host) in hosts.enumerated() {
        group.addTask { [ids] in
          for id in ids {
            do {
              if number == 0 {
                try await host.rotateAuthToken(of: id)
              } else {
                _ = try await host.updateDetails(of: id) { $0.phoneNumberCount += 1 }
              }
            } catch let error as TokenRotationError
              where [.rotationInProgress, .storeConflict, .databaseBusy].contains(error.code)
            {}
          }
        }
        group.addTask { _ = try await host.rewrapTokens(concurrency: 3) }
      }
      try await group.waitForAll()
    }
    // Time that passes by itself may have let a rotation look like one whose worker is gone.
    #expect(try await hosts[0].rewrapTokens().isComplete)
    let oldID = try OpenSSLTokenCipher(keyring: old).sealingKeyID
    try await hosts[0].checkUnused(oldID)

    let store = try await folder.open()
    let cipher = try OpenSSLTokenCipher(keyring: Keyring(sealingKey: keys[1]))
    for (sid, id) in zip(sids, ids) {
      let record = try #require(try await store.read(id)).record
      let token = try cipher.open(
        record.token, for: SealingContext(providerID: id, accountSID: sid, slot: .current))
      #expect(token == twilio.account(sid)?.primary)
      #expect(record.rotation.phase == .idle)
    }
    // A rewrap is no step of a provider's life.
    let labels = try await store.transitions(limit: 1_000).map(\.label)
    #expect(labels.filter { $0 == "registered" }.count == ids.count)
    #expect(!labels.contains("token_changed"))
  }
}
#endif
