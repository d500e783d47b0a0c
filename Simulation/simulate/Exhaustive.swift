import RotationChecking

extension Mode {
  static let exhaustive = Mode(
    name: "exhaustive", options: "[--bounds quick|full|\"crashes=1 lost=2 …\"]",
    meaning: "visits every state that can be reached within bounds on how much goes wrong"
  ) { arguments in
    let bounds = try Bounds.list(arguments)
    let total = await Survey.explore(bounds) { bounds, exploration in
      print("\(bounds): states=\(exploration.states) transitions=\(exploration.transitions)")
    }
    if let violation = total.violation {
      print("violation: \(violation.message)")
      for (number, name) in violation.trace.enumerated() { print("  \(number)  \(name)") }
    }
    print("coverage: how often each event was met at each step")
    for line in total.coverage.lines { print(line) }
    print(
      "presumed_ours: \(total.presumedOursDeleted) steps delete a secondary that nobody held, after an unknown create")
    let unexplained = arguments == ["--bounds", "full"] ? total.coverage.unexplained : []
    for pair in unexplained { print("not met, and nothing explains it: \(pair)") }
    print(
      "exhaustive: states=\(total.states) transitions=\(total.transitions) violations=\(total.violation == nil ? 0 : 1)"
    )
    return total.violation == nil && unexplained.isEmpty
  }
}

extension Bounds {
  fileprivate static func list(_ arguments: [String]) throws -> [Bounds] {
    if arguments.isEmpty { return quick }
    guard arguments.count == 2, arguments[0] == "--bounds" else { throw UsageError(message: "That is not understood.") }
    switch arguments[1] {
    case "quick": return quick
    case "full": return full
    default:
      guard let bounds = Bounds(parsing: arguments[1]) else { throw UsageError(message: "There are no such bounds.") }
      return [bounds]
    }
  }
}
