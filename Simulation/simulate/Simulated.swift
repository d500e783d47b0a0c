import RotationSimulation

extension Mode {
  static let seeds = Mode(
    name: "seeds", options: "N [--first S] [--threads T] [--trace]",
    meaning: "runs whole rotations of several processes, with faults at random: one run for each seed"
  ) { arguments in
    guard let count = arguments.first.flatMap(Int.init), count > 0 else {
      throw UsageError(message: "How many seeds?")
    }
    var (first, threads, printsTraces) = (UInt64(1), 2, false)
    var rest = arguments.dropFirst()
    while let option = rest.popFirst() {
      switch option {
      case "--trace": printsTraces = true
      case "--first":
        guard let value = rest.popFirst().flatMap({ UInt64($0) }) else {
          throw UsageError(message: "Which seed first?")
        }
        first = value
      case "--threads":
        guard let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else {
          throw UsageError(message: "How many threads?")
        }
        threads = value
      default: throw UsageError(message: "\(option) is not understood.")
      }
    }
    return try SeedsMode.run(seeds: count, first: first, threads: threads, printsTraces: printsTraces)
  }

  static let matrix = Mode(
    name: "matrix", options: "",
    meaning: "runs a rotation with every fault at every access, and every second one in the resume that follows"
  ) { arguments in
    guard arguments.isEmpty else { throw UsageError(message: "It takes no options.") }
    return try MatrixMode.run()
  }
}
