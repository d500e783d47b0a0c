import Foundation
import LoopbackSupport
import Testing

/// Runs the test that calls it in a process where no other test runs, as it changes or counts what all of them share.
///
/// The tests' own program is started once more for that. An exit test would not do: its process inherits descriptors of
/// this one's, and a connection that two processes hold does not end when one of them closes it.
func alone(function: String = #function, _ body: () async throws -> Void) async throws {
  let mark = "TOKEN_ROTATION_TEST_ALONE"
  let name = String(function.prefix { $0 != "(" })
  if ProcessInfo.processInfo.environment[mark] == name {
    try await body()
    return print("\n\(mark) \(name)")
  }
  let child = try ChildProcess(
    ProcessInfo.processInfo.arguments[0], ["--testing-library", "swift-testing", "--filter", "/\(name)\\("],
    environment: [mark: name])
  let output = await child.standardOutput.all()
  let status = await child.waitForEnd()
  #expect(status == 0)
  if status != 0 || !output.contains("\(mark) \(name)") {
    Issue.record("\((output + (await child.standardError.all())).joined(separator: "\n"))")
  }
}
