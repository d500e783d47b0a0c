import TokenRotation

/// What came of the kills so far.
struct KillTally: Sendable {
  /// By what the record said when the process was dead.
  var states: [RotationPhase: Int] = [:]
  /// By why a person had to look.
  var quarantines: [QuarantineReason: Int] = [:]
  /// Operations of workers that failed, by their codes.
  var failures: [String: Int] = [:]
  /// How often nothing that was stored worked.
  var lost = 0
  /// How often resuming, or what the explanation of a quarantine says, led nowhere.
  var stuck = 0

  init() {}

  var kills: Int { states.values.reduce(0, +) }

  /// A line for each thing counted.
  var lines: [String] {
    var lines = RotationPhase.allCases.map { phase in
      "  killed in \(phase.rawValue): \(states[phase] ?? 0) (\(Self.percent(states[phase] ?? 0, of: kills)))"
    }
    for (reason, count) in quarantines.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      lines.append("  quarantined, \(reason.rawValue): \(count); a person did what the explanation says")
    }
    for (code, count) in failures.sorted(by: { $0.key < $1.key }) {
      lines.append("  operations that failed, \(code): \(count)")
    }
    return lines
  }

  /// Phases of a rotation that were hit too seldom for the run to say much of them.
  var neglected: [RotationPhase] {
    RotationPhase.allCases.filter { phase in
      phase != .idle && phase != .quarantined && (states[phase] ?? 0) * 20 < kills
    }
  }

  private static func percent(_ count: Int, of total: Int) -> String {
    let tenths = total == 0 ? 0 : (count * 1000 + total / 2) / total
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
