#if SQLite
import Foundation
import TokenRotationCore
import TokenRotationSQLite

/// A folder that goes with the last reference to it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var file: String { path + "/providers.sqlite" }

  func open(
    _ options: SQLiteProviderStore.Options = .init(pollInterval: .milliseconds(20))
  ) async throws -> SQLiteProviderStore {
    try await SQLiteProviderStore(path: file, options: options)
  }

  /// Everything in the database's files, one after the other.
  func bytes() throws -> Data {
    try FileManager.default.contentsOfDirectory(atPath: path).reduce(into: Data()) { bytes, name in
      bytes += try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }
  }
}

func record(_ id: String, _ account: Int = 0, token: [UInt8] = [1]) throws -> ProviderRecord {
  let hex = String(account, radix: 16)
  return ProviderRecord(
    id: try ProviderID(id), accountSID: try AccountSID("AC" + String(repeating: "0", count: 32 - hex.count) + hex),
    region: .us1, details: ProviderDetails(name: "A provider"), token: SealedToken(bytes: token))
}
#endif
