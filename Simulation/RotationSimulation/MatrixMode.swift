import TokenRotationCore

/// `simulate --matrix`: every access of a rotation × every way to fail × every second such failure in the resume that
/// follows.
public enum MatrixMode {
  /// What came of all cells with the same first failure.
  private struct Row {
    var cells = 0
    var quarantined = 0
    var lost = 0
    var violations: [String] = []

    mutating func count(_ run: Run, _ name: String) {
      cells += 1
      if run.isQuarantined { quarantined += 1 }
      if run.isLost { lost += 1 }
      violations += run.violations.map { "\(name): \($0)" }
    }
  }

  /// Runs all cells and prints a line for each first failure.
  ///
  /// - Returns: Whether every cell ended well.
  public static func run() throws -> Bool {
    var total = Row()
    let undisturbed = try Run(rotatingWith: [:])
    print("a rotation: \(names(undisturbed.accesses, of: 1).map(\.1).joined(separator: ", "))")
    for (number, name) in names(undisturbed.accesses, of: 1) {
      for fault in undisturbed.accesses[number].call.matrixFaults {
        let row = try row(startingWith: fault, at: number, "\(name) \(fault.rawValue)")
        print(
          "\(name), \(fault.rawValue): cells=\(row.cells) idle=\(row.cells - row.quarantined) quarantined=\(row.quarantined)"
        )
        total.cells += row.cells
        total.quarantined += row.quarantined
        total.lost += row.lost
        total.violations += row.violations
      }
    }
    for violation in total.violations { print("violation: \(violation)") }
    print("matrix: cells=\(total.cells) lost=\(total.lost) quarantined=\(total.quarantined)")
    return total.violations.isEmpty && total.lost == 0
  }

  private static func row(startingWith fault: Fault, at number: Int, _ name: String) throws -> Row {
    var row = Row()
    let first = try Run(rotatingWith: [number: fault])
    row.count(first, name)
    for (second, secondName) in names(first.accesses, of: 2) {
      for secondFault in first.accesses[second].call.matrixFaults {
        row.count(
          try Run(rotatingWith: [number: fault, second: secondFault]),
          "\(name), then \(secondName) \(secondFault.rawValue)")
      }
    }
    return row
  }

  /// The accesses of a process, each with its number among all and a name such as `replace 2`.
  private static func names(_ accesses: [Access], of process: Int) -> [(Int, String)] {
    var counts: [PortCall: Int] = [:]
    return accesses.enumerated().compactMap { number, access in
      guard access.process == process else { return nil }
      counts[access.call, default: 0] += 1
      return (number, "\(access.call.rawValue) \(counts[access.call] ?? 0)")
    }
  }
}

extension PortCall {
  fileprivate var matrixFaults: [Fault] { Fault.ofMatrix.filter(faults.contains) }
}
