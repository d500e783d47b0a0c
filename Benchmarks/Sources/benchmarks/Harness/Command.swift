import Foundation

/// A program that is run to its end.
struct Command {
  private let arguments: [String]

  init(_ arguments: [String]) { self.arguments = arguments }

  /// Runs it, and says how much memory the largest of its processes had at its peak.
  ///
  /// - Parameter environment: What is added to ours.
  /// - Returns: Bytes.
  /// - Throws: ``UnexpectedResult`` with the end of what it printed, if it does not succeed.
  @discardableResult
  func run(adding environment: [String: String] = [:]) throws -> Int {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (peak, output) = (folder.appendingPathComponent("peak"), folder.appendingPathComponent("output"))
    guard FileManager.default.createFile(atPath: output.path, contents: nil) else {
      throw UnexpectedResult("no file can be made in \(folder.path)")
    }

    let process = Process()
    // A child of this process would count this process's memory as its own; that of the small `time` does not.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/time")
    process.arguments = ["--format", "%M", "--output", peak.path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let file = try FileHandle(forWritingTo: output)
    process.standardOutput = file
    process.standardError = file
    try process.run()
    process.waitUntilExit()

    guard process.terminationStatus == 0 else {
      let end = try String(decoding: Data(contentsOf: output), as: UTF8.self).suffix(2000)
      throw UnexpectedResult("\(arguments.joined(separator: " ")) failed:\n\(end)")
    }
    let kilobytes = try String(decoding: Data(contentsOf: peak), as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    return (Int(kilobytes) ?? 0) * 1024
  }
}
