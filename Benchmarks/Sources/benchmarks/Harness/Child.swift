import Foundation

/// This program once more, as a process of its own: for what memory is measured of.
enum Child {
  /// Runs it, and says how much memory it had at its peak.
  ///
  /// - Returns: Bytes.
  static func peak(_ arguments: [String]) throws -> Int {
    try Command([CommandLine.arguments[0], "--child"] + arguments).run().peak
  }

  /// Does what this process was started for, if it is such a child.
  static func perform(_ arguments: some Collection<String>) async throws -> Bool {
    guard arguments.first == "--child" else { return false }
    let arguments = Array(arguments.dropFirst())
    switch arguments.first {
    case "page": try await Paging.pageThrough(file: arguments[1])
    case "keep": try await Paging.keepInMemory(Int(arguments[1]) ?? 0)
    default: throw UnexpectedResult("no child is called \(arguments)")
    }
    return true
  }
}
