import Foundation
import LoopbackSupport
import TokenRotationCore
import TokenRotationPostgres

/// A schema of its own on a server.
struct Place: Sendable {
  let server: PostgresServer
  let schema: String

  /// On the server that most tests share, unless another one is named.
  init(on server: PostgresServer? = nil, schema: String = "s-\(UUID().uuidString.prefix(13))") async throws {
    self.server = if let server { server } else { try await PostgresServer.shared() }
    self.schema = schema
  }

  /// Opens a store that is patient, except where its options say otherwise: other tests run beside it.
  func open(
    _ options: PostgresProviderStore.Options = .init(maximumConnections: 4),
    port: Int? = nil, _ more: String = "sslmode=disable"
  ) async throws -> PostgresProviderStore {
    let usual = PostgresProviderStore.Options()
    var options = options
    options.schema = schema
    for time in [\PostgresProviderStore.Options.poolTimeout, \.connectTimeout, \.statementTimeout]
    where options[keyPath: time] == usual[keyPath: time] {
      options[keyPath: time] = .seconds(60)
    }
    return try await PostgresProviderStore(server.connectionString(port: port, more), options: options)
  }

  /// A table of the store's, as SQL names it.
  func table(_ name: String) -> String { "\"\(schema)\".token_rotation_\(name)" }
}

func record(_ id: String, _ account: Int = 0, token: [UInt8] = [1]) throws -> ProviderRecord {
  let hex = String(account, radix: 16)
  return ProviderRecord(
    id: try ProviderID(id), accountSID: try AccountSID("AC" + String(repeating: "0", count: 32 - hex.count) + hex),
    region: .us1, details: ProviderDetails(name: "A provider"), token: SealedToken(bytes: token))
}

extension ProviderRecord {
  func with(token: [UInt8]) -> ProviderRecord {
    var record = self
    record.token = SealedToken(bytes: token)
    return record
  }
}
