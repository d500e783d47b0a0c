#if SQLite
import Foundation
import Synchronization

/// Keeps even root from writing to a file or folder, whom a mode does not stop.
final class WriteProtection {
  private let path: String

  static let isPossible: Bool = {
    guard let folder = try? TemporaryFolder(), let protection = try? WriteProtection(folder.path) else { return false }
    let isProtected = !FileManager.default.createFile(atPath: folder.path + "/probe", contents: nil)
    return (try? protection.end()) != nil && isProtected
  }()

  init(_ path: String) throws {
    self.path = path
    try Self.change(path, protect: true)
  }

  deinit { try? end() }

  func end() throws { try Self.change(path, protect: false) }

  private static func change(_ path: String, protect: Bool) throws {
    guard geteuid() == 0 else {
      try FileManager.default.setAttributes([.posixPermissions: protect ? 0o500 : 0o700], ofItemAtPath: path)
      return
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/chattr")
    process.arguments = [protect ? "+i" : "-i", path]
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw CocoaError(.fileWriteNoPermission) }
  }
}

/// A value that two threads share.
final class Mutexed<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  var value: Value {
    get { mutex.withLock { $0 } }
    set { mutex.withLock { $0 = newValue } }
  }
}
#endif
