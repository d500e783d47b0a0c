import Foundation
import LoopbackSupport
import TokenRotation
import TokenRotationPostgres

/// One run: Twilio, a store, somebody who rotates, and those who read.
struct Cutover {
  let options: Options
  let scale: Scale

  init(_ options: Options) {
    self.options = options
    scale = Scale(options)
  }

  /// - Returns: Whether nobody noticed anything.
  func run() async throws -> Bool {
    let twilio = try RotatingTwilio(scale, lag: options.lag)
    let (rotations, tally) = options.processes == 1 ? try await inMemory(twilio) : try await inProcesses(twilio)
    for line in tally.lines(rotations: rotations) { print(line) }
    // A reader that starts anew does not have the token from before.
    return tally.failures == 0 && (tally.refusals == 0 || options.restarts) && tally.forgedAccepted == 0
  }

  /// Everything in this process, without a socket: the one who rotates and the readers share the same memory.
  private func inMemory(_ twilio: RotatingTwilio) async throws -> (Int, Tally) {
    let store = InMemoryProviderStore()
    let keyring = try Keyring(sealingKey: Keyring.Key(bytes: Self.key()))
    let transport = CountingTransport(twilio)
    let providers = try TwilioProviders(
      store: store, keyring: keyring, transport: transport, configuration: scale.configuration(url: nil))
    let id = try await register(twilio, providers)
    let reader = Reader(
      providers, id, transport, sid: twilio.sid, scale: scale, callers: options.callers, life: 0, url: nil,
      currentToken: try UsualReading(store: store, keyring: keyring, id: id).currentToken)
    async let tally = reader.run()
    let rotations = try await Rotator(providers: providers, id: id, twilio: twilio, options: options).run()
    twilio.end()
    return (rotations, try await tally)
  }

  /// Readers in processes of their own, on one PostgreSQL; this process rotates, and is Twilio.
  private func inProcesses(_ twilio: RotatingTwilio) async throws -> (Int, Tally) {
    let postgres = try await PostgresServer()
    let server = try TwilioServer(twilio)
    let key = Data(Self.key()).base64EncodedString()
    let store = try await PostgresProviderStore(postgres.connectionString())
    let providers = try TwilioProviders(
      store: store, keyring: Keyring(sealingKey: Keyring.Key(base64: key)), transport: twilio,
      configuration: scale.configuration(url: nil))
    let id = try await register(twilio, providers)
    return try await withThrowingTaskGroup(of: Tally.self) { group in
      for _ in 0..<options.processes {
        group.addTask {
          var tally = Tally()
          repeat {
            // Several rotations long, and no two the same.
            let life = options.restarts ? options.refresh * Int.random(in: 5...40) : 0
            let arguments = options.forReader("\(id)", server.url, postgres.connectionString(), life: life)
            tally = tally + (try await ReaderProcess.start(arguments, key: key))
          } while options.restarts && !twilio.isOver
          return tally
        }
      }
      let rotations = try await Rotator(providers: providers, id: id, twilio: twilio, options: options).run()
      twilio.end()
      let tally = try await group.reduce(Tally(), +)
      withExtendedLifetime(server) {}
      await postgres.stop()
      return (rotations, tally)
    }
  }

  private func register(_ twilio: RotatingTwilio, _ providers: TwilioProviders) async throws -> ProviderID {
    try await providers.register(accountSID: twilio.sid, authToken: twilio.firstToken, name: "Rotated").id
  }

  private static func key() -> [UInt8] { (0..<Keyring.Key.byteCount).map { _ in .random(in: .min ... .max) } }
}

/// Reads the token in use as a program without sessions would.
struct UsualReading {
  let store: any ProviderStore
  let cipher: OpenSSLTokenCipher
  let id: ProviderID

  init(store: any ProviderStore, keyring: Keyring, id: ProviderID) throws {
    (self.store, self.id) = (store, id)
    cipher = try OpenSSLTokenCipher(keyring: keyring)
  }

  @Sendable func currentToken() async throws -> AuthToken {
    guard let record = try await store.read(id)?.record else {
      throw TokenRotationError(.providerNotFound, "The provider is gone.")
    }
    return try cipher.open(
      record.token, for: SealingContext(providerID: id, accountSID: record.accountSID, slot: .current))
  }
}
