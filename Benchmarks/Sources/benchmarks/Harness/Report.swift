import Foundation

/// What is printed.
enum Report {
  /// Prints a line at once, also where the output goes to a file.
  static func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  /// One comparison, for people and for scripts.
  ///
  /// `ratio` is ours by the peer's; the bound says which way is better.
  static func line(_ name: String, _ unit: Unit, ours: Double, peer: Double, ratio: Double, bound: Bound) -> String {
    let fields = [
      "ours=\(unit.text(ours))", "peer=\(unit.text(peer))", String(format: "ratio=%.3f", ratio), "bound=\(bound)",
    ]
    return "bench: \(name) \(fields.joined(separator: " ")) \(bound.holds(ratio) ? "ok" : "short")"
  }
}
