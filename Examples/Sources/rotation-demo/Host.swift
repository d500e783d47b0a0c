import Logging
import TokenRotation

/// What a server application would hold: the library, its store and its key.
struct Host {
  let store: any ProviderStore
  let providers: TwilioProviders
  /// Only to look into the store with: an application never needs to open a token itself.
  private let cipher: OpenSSLTokenCipher

  init(_ endpoints: TwilioEndpoints, store: any ProviderStore, timings: RotationTimings, verbose: Bool) throws {
    self.store = store
    var generator = SystemRandomNumberGenerator()
    let keyring = try Keyring(
      sealingKey: .init(
        bytes: (0..<Keyring.Key.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }))
    // In memory a new token lives no longer than the process: right for a demo that allows it.
    var configuration = TokenRotationConfiguration(
      endpoints: endpoints, timings: timings, allowsTokenLossWithProcess: true)
    configuration.logger = Logger(label: "rotation-demo")
    configuration.logger.logLevel = verbose ? .debug : .critical
    providers = try TwilioProviders(store: store, keyring: keyring, configuration: configuration)
    cipher = try OpenSSLTokenCipher(keyring: keyring)
  }

  /// The record as it is stored, with its revision.
  func stored(_ id: ProviderID) async throws -> StoredRecord {
    guard let stored = try await store.read(id) else {
      throw TokenRotationError(.providerNotFound, "The provider is not in the store.")
    }
    return stored
  }

  func currentToken(_ id: ProviderID) async throws -> AuthToken {
    let record = try await stored(id).record
    return try open(record.token, of: record, .current)
  }

  func candidate(_ id: ProviderID) async throws -> AuthToken {
    let record = try await stored(id).record
    guard let candidate = record.rotation.candidate else {
      throw TokenRotationError(.candidateMissing, "The record holds no candidate.")
    }
    return try open(candidate, of: record, .candidate)
  }

  /// Whether Twilio accepts a token, and as what; nil if it refuses it.
  func role(of token: AuthToken, for id: ProviderID) async throws -> AcceptedCredentials.Role? {
    switch try await providers.validateAuthToken(token, for: id) {
    case .accepted(let account): return account.role
    case .rejected: return nil
    case .inconclusive(let error): throw error
    }
  }

  private func open(_ sealed: SealedToken, of record: ProviderRecord, _ slot: TokenSlot) throws -> AuthToken {
    try cipher.open(
      sealed, for: SealingContext(providerID: record.id, accountSID: record.accountSID, slot: slot))
  }
}
