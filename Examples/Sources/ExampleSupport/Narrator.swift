/// Tells a person what happens, step by step, and makes sure that nothing secret is told.
///
/// Everything that it prints it also keeps, so that ``hasPrinted(_:)`` can prove that a token was not among it.
public final class Narrator {
  /// Something is not as it has to be: the program ends with a failure.
  public struct Surprise: Error, CustomStringConvertible {
    /// What was expected.
    public let description: String

    /// Makes a reason to stop.
    public init(_ description: String) { self.description = description }
  }

  private static let width = 96
  private static let indentation = "    "

  private var printed: [UInt8] = []
  private var steps = 0
  /// Whether a step has failed, which its own lines say why.
  public private(set) var hasToldFailure = false

  /// Starts a story.
  public init() {}

  /// Prints a line in bold.
  public func title(_ text: String) { emit(style(text, "1")) }

  /// Prints text as it is, broken into lines.
  public func say(_ text: String) {
    for line in Self.wrap(text, to: Self.width) { emit(line) }
  }

  /// Prints an empty line.
  public func gap() { emit("") }

  /// Does one step and prints what it was, how long it took and, below, what `body` gives as the explanation.
  ///
  /// - Throws: What `body` throws, after the step was printed as failed.
  public func step(_ title: String, _ body: () async throws -> String) async throws {
    steps += 1
    let start = ContinuousClock.now
    let result: Result<String, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    let duration = Self.describe(start.duration(to: .now))
    let time = String(repeating: " ", count: max(0, 7 - duration.count)) + duration

    let number = String(steps)
    let head = String(repeating: " ", count: max(0, 2 - number.count)) + number + "  " + title
    let space = String(repeating: " ", count: max(1, Self.width - head.count - time.count - 3))
    switch result {
    case .success(let explanation):
      emit(style(head, "1") + space + style("✓", "32") + "  " + style(time, "2"))
      for line in Self.wrap(explanation, to: Self.width - Self.indentation.count) { emit(Self.indentation + line) }
    case .failure(let error):
      hasToldFailure = true
      emit(style(head, "1") + space + style("✗", "31") + "  " + style(time, "2"))
      for line in Self.wrap("\(error)", to: Self.width - Self.indentation.count) { emit(Self.indentation + line) }
      throw error
    }
  }

  /// Stops the story unless `condition` holds.
  public func expect(_ condition: Bool, _ expectation: String) throws {
    if !condition { throw Surprise("Not as expected: \(expectation).") }
  }

  /// Whether these bytes have been printed, in whatever context.
  public func hasPrinted(_ secret: UnsafeRawBufferPointer) -> Bool {
    guard !secret.isEmpty, printed.count >= secret.count else { return false }
    return (0...(printed.count - secret.count)).contains { printed[$0...].starts(with: secret) }
  }

  /// Asks a question of which only `y` and `yes` are a yes; no answer is a no.
  public func confirm(_ question: String) -> Bool {
    emit(style(question, "1") + " [y/N]")
    let answer = readLine()?.lowercased() ?? ""
    return answer == "y" || answer == "yes"
  }

  private func emit(_ line: String) {
    printed += (line + "\n").utf8
    Terminal.print(line)
  }

  private func style(_ text: String, _ code: String) -> String {
    Terminal.showsColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// A duration in whole milliseconds or, from ten seconds on, in whole seconds.
  public static func describe(_ duration: Duration) -> String {
    if duration < .milliseconds(1) { return "<1 ms" }
    return duration < .seconds(10) ? "\(Int(duration / .milliseconds(1))) ms" : "\(duration.components.seconds) s"
  }

  private static func wrap(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = ""
      for word in paragraph.split(separator: " ") {
        if !line.isEmpty, line.count + 1 + word.count > width {
          lines.append(line)
          line = ""
        }
        line += (line.isEmpty ? "" : " ") + word
      }
      lines.append(line)
    }
    return lines
  }
}
