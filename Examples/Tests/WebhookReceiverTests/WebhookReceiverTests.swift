import Foundation
import Testing
import TokenRotation

/// The program as a person runs it, with curl for Twilio.
@Suite(.timeLimit(.minutes(2))) struct WebhookReceiverTests {
  static let account = "AC" + String(repeating: "5e", count: 16)
  static let token = "0123456789abcdef0123456789abcdef"

  @Test func itTellsWhatItRefusedAndWhy() async throws {
    let receiver = try Receiver(["--token", Self.token, "--for", "60"])
    defer { receiver.end() }
    let ready = try receiver.readLine()
    let url = try #require(ready.split(separator: " ").last.map(String.init)) + "/voice"
    #expect(ready.hasPrefix("webhook-receiver: listening on http://127.0.0.1:"))
    let sample = try receiver.readLine()
    #expect(!sample.contains(Self.token))

    // The line that it prints is one that works.
    let tried = try run("/bin/sh", ["-c", String(sample.dropFirst("webhook-receiver: try ".count)) + " -sS"])
    #expect(tried == "<Response/>")
    #expect(try receiver.readLine().hasPrefix("accepted  POST /voice  provider "))

    let form = "AccountSid=\(Self.account)&Digits=5678"
    let signature = try WebhookSignature.sign(
      url: url, parameters: [(name: "AccountSid", value: Self.account), (name: "Digits", value: "5678")],
      with: AuthToken(parsing: Self.token))
    let signed = ["-H", "X-Twilio-Signature: \(signature)"]
    // More than fits on a command line.
    let large = FileManager.default.temporaryDirectory.appendingPathComponent("webhook-\(UUID().uuidString)")
    try Data(repeating: UInt8(ascii: "a"), count: 300_000).write(to: large)
    defer { try? FileManager.default.removeItem(at: large) }
    for (arguments, line) in [
      (signed + ["-d", form, url], "accepted  POST /voice  provider "),
      (["-d", form, url], "refused   POST /voice  signatureMissing: "),
      (signed + signed + ["-d", form, url], "refused   POST /voice  signatureRepeated: "),
      (signed + ["-d", form + "&x=1", url], "refused   POST /voice  signatureMismatch: "),
      (signed + ["-d", form, url + "?x=1"], "refused   POST /voice  signatureMismatch: "),
      (signed + ["-d", form + "&x=%", url], "refused   POST /voice  percentEncodingMalformed: "),
      (
        signed + ["-d", "AccountSid=AC" + String(repeating: "0", count: 32), url],
        "refused   POST /voice  accountUnknown: "
      ),
      (signed + ["-H", "Content-Type: application/json", "-d", "{}", url], "refused   POST /voice  bodyNotSigned: "),
      (signed + ["-d", "@\(large.path)", url], "refused   POST /voice  bodyTooLarge: "),
    ] {
      let status = try run("/usr/bin/curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}"] + arguments)
      let expected = line.hasPrefix("accepted") ? "200" : line.contains("bodyTooLarge") ? "413" : "403"
      #expect(status == expected, "\(line)")
      #expect(try receiver.readLine().hasPrefix(line))
    }
    let problem = try run("/usr/bin/curl", ["-sS", "-d", form, url])
    #expect(problem.contains(#""status":403"#) && !problem.contains("signatureMissing"))
  }

  @Test(arguments: [SIGINT, SIGTERM]) func itEndsInGoodOrderWhenItIsAskedTo(signal: Int32) async throws {
    let receiver = try Receiver(["--for", "60"])
    _ = try receiver.readLine()
    _ = try receiver.readLine()
    #expect(receiver.end(with: signal) == 0)
    #expect(try receiver.readLine() == "webhook-receiver: ended")
  }

  @Test func itEndsByItself() async throws {
    let receiver = try Receiver(["--for", "0.1"])
    #expect(receiver.waitForEnd() == 0)
  }
}

/// The built program, running.
private final class Receiver {
  private let process = Process()
  private let output = Pipe()
  private var rest = Data()

  init(_ arguments: [String]) throws {
    // It is built into the folder of the tests' own program.
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("webhook-receiver")
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
  }

  /// The next line; empty at the end.
  func readLine() throws -> String {
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        defer { rest = Data(rest[(end + 1)...]) }
        return String(decoding: rest[..<end], as: UTF8.self)
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return "" }
      rest += more
    }
  }

  func waitForEnd() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  @discardableResult
  func end(with signal: Int32 = SIGTERM) -> Int32 {
    kill(process.processIdentifier, signal)
    return waitForEnd()
  }
}

/// Runs a program to its end, and gives what it printed.
private func run(_ program: String, _ arguments: [String]) throws -> String {
  let process = Process()
  let output = Pipe()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  process.standardOutput = output
  try process.run()
  let text = try output.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return String(decoding: text, as: UTF8.self)
}
