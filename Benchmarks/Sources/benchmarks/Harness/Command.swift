import Foundation

/// A program that is run to its end.
struct Command {
  private let arguments: [String]

  init(_ arguments: [String]) { self.arguments = arguments }

  /// What came of it.
  struct Result {
    /// How much memory the largest of its processes had at its peak, in bytes.
    let peak: Int
    /// What it printed.
    let output: String
  }

  /// Runs it.
  ///
  /// - Parameter environment: What is added to ours.
  /// - Throws: ``UnexpectedResult`` with the end of what it printed, if it does not succeed.
  @discardableResult
  func run(adding environment: [String: String] = [:]) throws -> Result {
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

    let text = try String(decoding: Data(contentsOf: output), as: UTF8.self)
    guard process.terminationStatus == 0 else {
      throw UnexpectedResult("\(arguments.joined(separator: " ")) failed:\n\(text.suffix(2000))")
    }
    let kilobytes = try String(decoding: Data(contentsOf: peak), as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    return Result(peak: (Int(kilobytes) ?? 0) * 1024, output: text)
  }
}
