import Foundation
import Logging
import LoopbackSupport
import TokenRotation

/// Everything around the workers: the simulated Twilio, a process of its own that outlives them, the store, and the key.
package struct Site: Sendable {
  /// One provider, its account and where the truth about it is.
  struct Provider: Sendable {
    let id: ProviderID
    let accountSID: AccountSID
  }

  let store: any StorePlace
  let keyring: Keyring
  /// Whether workers have a store that forgets, to see the harness notice.
  private let isForgetful: Bool
  private let key: String
  private let simulator: ChildProcess
  private let twilio: String
  private let consoleURL: String
  private let program: String
  let console: TwilioConsole

  /// Starts the simulator.
  ///
  /// - Parameters:
  ///   - store: Where the workers keep their records.
  ///   - simulator: The path of `twilio-simulator`.
  ///   - latency: How many milliseconds each of Twilio's answers takes.
  ///   - program: What a worker is: this program.
  ///   - isForgetful: Whether workers have a store that forgets, to see the harness notice.
  package init(
    store: any StorePlace, simulator path: String, latency: Double, program: String, isForgetful: Bool
  ) async throws {
    self.store = store
    self.isForgetful = isForgetful
    self.program = program
    key = Data((0..<Keyring.Key.byteCount).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    keyring = try Keyring(sealingKey: .init(base64: key))
    simulator = try ChildProcess(
      path,
      [
        "--account", "\(Self.accountSID(0))", "--token", String(repeating: "0", count: 32), "--timings", "fast",
        "--console", "--latency", "\(latency)",
      ])
    twilio = try await Self.address(after: "listening on ", from: simulator)
    consoleURL = try await Self.address(after: "console on ", from: simulator)
    console = try TwilioConsole(consoleURL)
  }

  private static func address(after mark: String, from simulator: ChildProcess) async throws -> String {
    guard let line = await simulator.standardOutput.first(where: { $0.contains(mark) }),
      let url = line.split(separator: " ").last
    else {
      let words = await simulator.standardError.all()
      throw CrashFailure("The simulator does not start: \(words.joined(separator: " "))")
    }
    return String(url)
  }

  private static func accountSID(_ number: Int) throws -> AccountSID {
    let digits = String(number, radix: 16)
    return try AccountSID("AC" + String(repeating: "0", count: 32 - digits.count) + digits)
  }

  /// Makes accounts at Twilio, and registers each.
  func register(_ count: Int) async throws -> [Provider] {
    var configuration = TokenRotationConfiguration(endpoints: try .redirected(to: twilio))
    configuration.logger.logLevel = .critical
    let providers = try TwilioProviders(
      store: try await store.address.open(), keyring: keyring, configuration: configuration)
    var registered: [Provider] = []
    for number in 1...count {
      let provider = Provider(
        id: try ProviderID("provider-\(number)"), accountSID: try Self.accountSID(number))
      let token = (0..<32).map { _ in String(UInt8.random(in: 0..<16), radix: 16) }.joined()
      try await console.open(provider.accountSID, primary: token)
      _ = try await providers.register(
        id: provider.id, accountSID: provider.accountSID, authToken: try AuthToken(parsing: token), name: "A line")
      registered.append(provider)
    }
    return registered
  }

  /// Starts a worker.
  func worker(
    _ operation: WorkerTask.Operation, on providers: [Provider], seed: UInt64, rounds: Int = 1, stalls: Int = 0
  ) throws -> ChildProcess {
    let task = WorkerTask(
      operation: operation, store: "\(store.address)", twilio: twilio, console: consoleURL,
      providers: providers.map(\.id.description), seed: seed, rounds: rounds, stalls: stalls,
      isForgetful: isForgetful)
    return try ChildProcess(
      program, ["worker", String(decoding: try JSONEncoder().encode(task), as: UTF8.self)],
      environment: [Keyring.environmentVariable: key])
  }

  /// Looks at a provider from outside: a store and a cipher opened for this, and Twilio's own word.
  ///
  /// Where the store is a server that is killed now and then, once it is there again.
  func look(at provider: Provider) async throws -> Look {
    try await store.reaching { try await lookOnce(at: provider) }
  }

  private func lookOnce(at provider: Provider) async throws -> Look {
    guard let stored = try await store.address.open().read(provider.id) else {
      throw CrashFailure("The record of \(provider.id) is gone from the store.")
    }
    return Look(
      record: stored.record, held: try HeldTokens(stored.record, keyring),
      account: try await console.account(provider.accountSID))
  }
}

/// What a provider's record holds, and what Twilio accepts.
struct Look: Sendable {
  let record: ProviderRecord
  let held: HeldTokens
  let account: TwilioConsole.Account

  var phase: RotationPhase { record.rotation.phase }

  /// Whether Twilio accepts nothing that is stored.
  var isLost: Bool { !held.all.contains { account.accepts($0) } }

  /// Whether the stored token is the account's primary, and no rotation is open; a candidate that was asked for stays one.
  var isWell: Bool {
    let isAtRest = phase == .idle || phase == .minted && record.rotation.goal == .create
    return isAtRest && record.rotation.tenure == nil && held.current.equals(account.primary)
  }
}
