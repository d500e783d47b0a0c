import Foundation
import Logging
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

/// A host in small: providers on an in-memory store, and a simulated Twilio that knows one account.
struct Bench {
  static let sid = "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"

  let twilio: TwilioSimulator
  let store: any ProviderStore
  let memory: InMemoryProviderStore
  let transport: any HTTPTransport
  let validator: (any CredentialValidator)?
  let providers: TwilioProviders
  let keyring: Keyring
  let configuration: TokenRotationConfiguration
  let time: VirtualTime
  let firstToken: AuthToken
  let planted = Box<AuthToken>()

  /// Makes a host.
  ///
  /// - Parameters:
  ///   - twilio: The simulated Twilio; a new one by default.
  ///   - time: The time of the operations, and of the simulator if it is a new one.
  ///   - wrapStore: Puts something between the operations and the store.
  ///   - configure: Changes the settings of the operations.
  ///   - wrapTransport: Puts something between the operations and Twilio.
  ///   - validator: Takes the place of the one that asks Twilio.
  init(
    twilio: TwilioSimulator? = nil,
    time: VirtualTime = VirtualTime(advancesWhenSleeping: true),
    wrapStore: (InMemoryProviderStore) -> any ProviderStore = { $0 },
    configure: (inout TokenRotationConfiguration) -> Void = { _ in },
    wrapTransport: (TwilioSimulator) throws -> any HTTPTransport = { $0 },
    validator: (any CredentialValidator)? = nil
  ) throws {
    let twilio = try twilio ?? Self.simulator(time: time)
    self.twilio = twilio
    self.time = time
    firstToken = try #require(twilio.account(try AccountSID(Self.sid))).primary
    memory = InMemoryProviderStore()
    store = wrapStore(memory)
    keyring = try Keyring(sealingKey: .random())
    var configuration = TokenRotationConfiguration(
      retryPolicy: .never, allowsTokenLossWithProcess: true, timeSource: time)
    configuration.logger.logLevel = .critical
    configure(&configuration)
    self.configuration = configuration
    self.validator = validator
    transport = try wrapTransport(twilio)
    providers = TwilioProviders(
      store: store, cipher: try OpenSSLTokenCipher(keyring: keyring), transport: transport, validator: validator,
      configuration: configuration)
  }

  /// A simulated Twilio that knows the account.
  static func simulator(
    settings: TwilioSimulator.Settings = .init(), time: any TimeSource = SystemTimeSource()
  ) throws -> TwilioSimulator {
    TwilioSimulator(
      accounts: [SimulatedAccount(sid: try AccountSID(sid), primary: try .random())], settings: settings, time: time)
  }

  var accountSID: AccountSID { get throws { try AccountSID(Self.sid) } }

  /// Registers the account.
  func register() async throws -> TwilioProvider {
    try await providers.register(accountSID: accountSID, authToken: firstToken, name: "Support line")
  }

  /// Makes a person rotate the account's token in the Console.
  func rotateInConsole() throws -> AuthToken {
    let token = try AuthToken.random()
    twilio.changeAccount(try accountSID) { $0.primary = token }
    return token
  }

  /// The stored record as bytes, with its revision.
  func storedBytes(_ id: ProviderID) async throws -> String {
    guard let stored = try await memory.read(id) else { return "none" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return "\(stored.revision) " + String(decoding: try encoder.encode(stored.record), as: UTF8.self)
  }

  /// The stored current token, opened by a cipher of its own.
  func storedToken(_ id: ProviderID) async throws -> AuthToken {
    let record = try #require(try await memory.read(id)).record
    let context = SealingContext(providerID: id, accountSID: record.accountSID, slot: .current)
    return try OpenSSLTokenCipher(keyring: keyring).open(record.token, for: context)
  }

  /// The stored candidate, opened by a cipher of its own.
  func candidate(_ id: ProviderID) async throws -> AuthToken? {
    let record = try #require(try await memory.read(id)).record
    guard let candidate = record.rotation.candidate else { return nil }
    let context = SealingContext(providerID: id, accountSID: record.accountSID, slot: .candidate)
    return try OpenSSLTokenCipher(keyring: keyring).open(candidate, for: context)
  }

  /// The account as Twilio has it.
  func account() throws -> SimulatedAccount { try #require(twilio.account(try accountSID)) }
}

extension AuthToken {
  /// A token as Twilio makes them.
  static func random() throws -> AuthToken {
    try AuthToken(parsing: (0..<32).map { _ in String("0123456789abcdef".randomElement() ?? "0") }.joined())
  }
}

extension Keyring.Key {
  static func random() throws -> Keyring.Key {
    try Keyring.Key(bytes: (0..<32).map { _ in UInt8.random(in: .min ... .max) })
  }
}

/// Expects `body` to throw a `TokenRotationError` with this code and outcome.
func expect<Value>(
  _ code: TokenRotationError.Code, _ outcome: TokenRotationError.Outcome = .notApplied,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Value
) async {
  let error = await #expect(throws: TokenRotationError.self, sourceLocation: sourceLocation) { _ = try await body() }
  #expect(error?.code == code, "\(error.map { "\($0)" } ?? "")", sourceLocation: sourceLocation)
  #expect(error?.outcome == outcome, sourceLocation: sourceLocation)
}
