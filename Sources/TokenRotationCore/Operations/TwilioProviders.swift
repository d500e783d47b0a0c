/// Keeps customers' Twilio Auth Tokens: registers, updates, promotes, and gives out everything but the token itself.
///
/// One for each store, shared by the whole process. Every operation either does all that its documentation says or
/// throws ``TokenRotationError`` (or `CancellationError`) and leaves the stored record as it was; where an outcome at
/// Twilio is not known, the error's ``TokenRotationError/outcome`` says so and the record holds every token that may be
/// the right one.
public final class TwilioProviders: Sendable {
  let store: CheckedStore
  let cipher: any TokenCipher
  let validator: any CredentialValidator
  let client: TwilioClient
  let transport: any HTTPTransport
  package let configuration: TokenRotationConfiguration
  let instruments: OperationInstruments
  let events = RotationEventSource()
  let cache: TokenCache
  let readingInstruments: ReadingInstruments

  /// Assembles the parts; `TokenRotation` has an initializer with defaults for most of them.
  ///
  /// - Parameters:
  ///   - store: Keeps the records.
  ///   - cipher: Seals the tokens that the records hold.
  ///   - transport: Sends requests to Twilio.
  ///   - validator: Finds out whether a token is good; by default one that asks Twilio through `transport`.
  ///   - configuration: Everything else.
  public init(
    store: any ProviderStore,
    cipher: any TokenCipher,
    transport: any HTTPTransport,
    validator: (any CredentialValidator)? = nil,
    configuration: TokenRotationConfiguration = .init()
  ) {
    let client = TwilioClient(transport: transport, configuration: configuration)
    let readingInstruments = ReadingInstruments(configuration)
    let cache = TokenCache(
      store: CheckedStore(store), cipher: cipher, configuration: configuration, instruments: readingInstruments)
    self.readingInstruments = readingInstruments
    self.cache = cache
    self.store = CheckedStore(store) { cache.note(.record($0)) }
    self.cipher = cipher
    self.transport = transport
    self.validator = validator ?? TwilioCredentialValidator(client: client)
    self.client = client
    self.configuration = configuration
    self.instruments = OperationInstruments(configuration)
  }

  /// Runs `attempt` again from its beginning while others change the record under it, a bounded number of times.
  func retryingLostRaces<Value>(_ attempt: () async throws -> Value) async throws -> Value {
    var attempts = 1
    while true {
      do {
        return try await attempt()
      } catch let error as TokenRotationError
        where error.code == .storeConflict && attempts < configuration.attemptsAfterLostRace
      {
        attempts += 1
      }
    }
  }
}
