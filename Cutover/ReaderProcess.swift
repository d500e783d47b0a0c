import Foundation
import LoopbackSupport
import TokenRotation
import TokenRotationPostgres

/// A reader in a process of its own: both ends of it.
enum ReaderProcess {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts one, and waits for its end.
  static func start(_ arguments: [String], key: String) async throws -> Tally {
    let child = try ChildProcess(CommandLine.arguments[0], arguments, environment: ["TOKEN_ROTATION_KEYS": key])
    let output = await child.standardOutput.all()
    let status = await child.waitForEnd()
    guard status == 0, let line = output.last else {
      let errors = await child.standardError.all().joined(separator: "\n")
      throw Failure(description: "A reader ended with status \(status): \(errors)")
    }
    return try JSONDecoder().decode(Tally.self, from: Data(line.utf8))
  }

  /// Is one.
  static func run(_ options: Options) async throws {
    guard let (name, url, connection) = options.reader else { return }
    let (id, scale, keyring) = (try ProviderID(name), Scale(options), try Keyring.environment())
    let store = try await PostgresProviderStore(connection)
    let transport = CountingTransport(try CurlTransport())
    let providers = try TwilioProviders(
      store: store, keyring: keyring, transport: transport, configuration: scale.configuration(url: url))
    let tally = try await Reader(
      providers, id, transport, sid: try await providers.provider(id).accountSID, scale: scale,
      callers: options.callers, life: options.life, url: url,
      currentToken: try UsualReading(store: store, keyring: keyring, id: id).currentToken
    ).run()
    FileHandle.standardOutput.write(try JSONEncoder().encode(tally) + Data("\n".utf8))
  }
}
