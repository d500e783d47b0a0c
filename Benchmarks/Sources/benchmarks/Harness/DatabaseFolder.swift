import Foundation

/// A folder for a database that goes with the last reference to it.
///
/// Beside the build, which is on a disk: a temporary folder may be in memory, where nothing has to be waited for.
final class DatabaseFolder: Sendable {
  private let url: URL

  init() throws {
    url = URL(fileURLWithPath: ".build/bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var file: String { url.appendingPathComponent("providers.sqlite").path }
}
