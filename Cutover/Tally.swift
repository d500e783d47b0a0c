import Foundation

/// What came of it, in one process or in all.
struct Tally: Codable {
  /// Calls through sessions, how many of them failed and why, and how many requests they took.
  var calls = 0
  var failed: [String: Int] = [:]
  var requests = 0
  /// Genuine webhooks, and how many of them were refused and why.
  var webhooks = 0
  var refused: [String: Int] = [:]
  /// Forged ones.
  var forged = 0
  var forgedAccepted = 0
  /// The same for the reader that caches for as long as is usual.
  var usualCalls = 0
  var usualFailed = 0
  var usualWebhooks = 0
  var usualRefused = 0
  /// The longest time that any caller was without a call that succeeded, in milliseconds, for each rotation.
  var gaps: [Int: Double] = [:]

  static func + (left: Tally, right: Tally) -> Tally {
    var sum = left
    sum.calls += right.calls
    sum.failed.merge(right.failed, uniquingKeysWith: +)
    sum.requests += right.requests
    sum.webhooks += right.webhooks
    sum.refused.merge(right.refused, uniquingKeysWith: +)
    sum.forged += right.forged
    sum.forgedAccepted += right.forgedAccepted
    sum.usualCalls += right.usualCalls
    sum.usualFailed += right.usualFailed
    sum.usualWebhooks += right.usualWebhooks
    sum.usualRefused += right.usualRefused
    sum.gaps.merge(right.gaps, uniquingKeysWith: max)
    return sum
  }

  var failures: Int { failed.values.reduce(0, +) }
  var refusals: Int { refused.values.reduce(0, +) }

  /// The longest gap of all but the worst hundredth of the rotations.
  var p99Gap: Double {
    let sorted = gaps.values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
  }

  func lines(rotations: Int) -> [String] {
    var lines = [
      "a reader that caches for 60 s: calls=\(usualCalls) failed=\(usualFailed) "
        + "webhooks=\(usualWebhooks) refused=\(usualRefused)"
    ]
    for (reason, count) in failed { lines.append("failed: \(count) × \(reason)") }
    for (reason, count) in refused { lines.append("refused: \(count) × \(reason)") }
    lines.append(
      "cutover: rotations=\(rotations) calls=\(calls) failed=\(failures) webhooks=\(webhooks) refused=\(refusals) "
        + "forged_accepted=\(forgedAccepted) wasted=\(requests - calls) "
        + String(format: "p99_gap_ms=%.1f", p99Gap))
    return lines
  }
}
