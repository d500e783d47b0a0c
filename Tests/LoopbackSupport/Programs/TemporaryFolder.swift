import Foundation

/// A folder of one's own, gone with this value's last reference, or with the process.
package final class TemporaryFolder: Sendable {
  private static let present = Lock<Set<String>>([])
  private static let isRemovedAtExit: Void = { atexit { TemporaryFolder.removeAll() } }()

  package let path: String

  package init() throws {
    path = NSTemporaryDirectory() + "token-rotation-" + UUID().uuidString.prefix(13)
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    Self.isRemovedAtExit
    Self.present.withLock { [path] in _ = $0.insert(path) }
  }

  deinit { Self.remove(path) }

  /// Writes a file and gives its path.
  @discardableResult package func write(_ text: String, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }

  private static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
    // What a program removes by itself meanwhile makes removing fail.
    if FileManager.default.fileExists(atPath: path) { try? FileManager.default.removeItem(atPath: path) }
    present.withLock { _ = $0.remove(path) }
  }

  private static func removeAll() {
    for path in present.withLock({ $0 }) { remove(path) }
  }
}
