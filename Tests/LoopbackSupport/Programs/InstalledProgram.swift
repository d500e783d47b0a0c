import Foundation

/// Finding and running the programs that the tests hold the package against.
package enum InstalledProgram {
  /// A program is not there.
  package struct Missing: Error, CustomStringConvertible {
    package let name: String
    package var description: String { "\(name) is not installed: run Scripts/test, which installs it" }
  }

  /// Where a program is; also looked for where ordinary users have no path to.
  package static func path(of name: String) throws -> String {
    if name.contains("/") { return name }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    for folder in folders + ["/usr/sbin", "/sbin", "/usr/local/sbin"] {
      let path = "\(folder)/\(name)"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw Missing(name: name)
  }

  /// Runs a program to its end.
  ///
  /// - Returns: What it printed.
  @discardableResult package static func run(_ name: String, _ arguments: [String]) async throws -> [String] {
    let child = try ChildProcess(name, arguments)
    let output = await child.standardOutput.all()
    let status = await child.waitForEnd()
    guard status == 0 else {
      let errors = await child.standardError.all().joined(separator: "\n")
      throw ChildProcess.Failure(description: "\(name) \(arguments) ended with status \(status): \(errors)")
    }
    return output
  }
}
