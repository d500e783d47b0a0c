import Foundation
import Logging
import TokenRotation

/// A record as a registration makes it.
struct SampleRecord: Sendable {
  let record: ProviderRecord
  /// As stores write it.
  let text: String

  init() async throws {
    let store = InMemoryProviderStore()
    var configuration = TokenRotationConfiguration()
    configuration.logger.logLevel = .error
    let providers = TwilioProviders(
      store: store,
      cipher: try OpenSSLTokenCipher(
        keyring: Keyring(sealingKey: Keyring.Key(bytes: (0..<32).map { _ in UInt8.random(in: .min ... .max) }))),
      transport: try CurlTransport(), validator: Accepting(), configuration: configuration)
    let id = try await providers.register(
      accountSID: AccountSID(Site.accountSID), authToken: AuthToken(parsing: Site.authToken),
      details: ProviderDetails(
        name: "Support line", supportsCallTransfer: true, trunkSID: TrunkSID("TK0123456789abcdef0123456789abcdef"),
        phoneNumberCount: 12)
    ).id
    guard let stored = try await store.read(id) else { throw UnexpectedResult("the record is not there") }
    record = stored.record
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    text = String(decoding: try encoder.encode(record), as: UTF8.self)
  }

  /// The record of another provider.
  func numbered(_ number: Int) throws -> ProviderRecord {
    let digits = String(number, radix: 16)
    func padded(_ length: Int) -> String { String(repeating: "0", count: length - digits.count) + digits }
    let text = text.replacing(record.id.description, with: padded(36)).replacing(
      Site.accountSID, with: "AC" + padded(32))
    return try JSONDecoder().decode(ProviderRecord.self, from: Data(text.utf8))
  }

  /// Takes every token.
  private struct Accepting: CredentialValidator {
    func validate(
      _ token: AuthToken, accountSID: AccountSID, region: TwilioRegion
    ) async throws -> CredentialVerdict {
      .accepted(AcceptedCredentials(role: .primary))
    }
  }
}
