import RotationChecking
import RotationSimulation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The rotation machine, held against everything that can happen to it.
///
/// `simulate --exhaustive [--bounds quick|full]` visits every state that can be reached within bounds on how much goes
/// wrong, and exits non-zero if one of them must not be.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments == ["--matrix"] { exit(try MatrixMode.run()) }
if arguments.first == "--seeds", arguments.count >= 2, let count = Int(arguments[1]) {
  func option(_ name: String) -> UInt64? {
    arguments.firstIndex(of: name).flatMap { arguments.indices.contains($0 + 1) ? UInt64(arguments[$0 + 1]) : nil }
  }
  exit(
    try SeedsMode.run(
      seeds: count, first: option("--first") ?? 1, threads: Int(option("--threads") ?? 2),
      printsTraces: arguments.contains("--trace")))
}
guard arguments.first == "--exhaustive" else {
  print("usage: simulate --exhaustive [--bounds quick|full]")
  exit(2)
}
let isFull = arguments.dropFirst() == ["--bounds", "full"]
guard isFull || arguments.count == 1 || arguments.dropFirst() == ["--bounds", "quick"] else {
  print("usage: simulate --exhaustive [--bounds quick|full]")
  exit(2)
}

var coverage = Coverage()
var (states, transitions, violations, presumedOurs) = (0, 0, 0, 0)
for bounds in isFull ? Bounds.full : Bounds.quick {
  let exploration = Exploration(bounds)
  print("\(bounds): states=\(exploration.states) transitions=\(exploration.transitions)")
  states += exploration.states
  transitions += exploration.transitions
  presumedOurs += exploration.presumedOursDeleted
  coverage.add(exploration.coverage)
  if let (message, trace) = exploration.violation {
    violations += 1
    print("violation: \(message)")
    for (number, name) in trace.enumerated() { print("  \(number)  \(name)") }
  }
}
print("coverage: how often each event was met at each step")
for line in coverage.lines { print(line) }
print("presumed_ours: \(presumedOurs) steps delete a secondary that nobody held, after an unknown create")
print("exhaustive: states=\(states) transitions=\(transitions) violations=\(violations)")
exit(violations == 0 ? 0 : 1)
