import RotationChecking

let numbers = CommandLine.arguments.dropFirst().compactMap { UInt8($0) }
func bound(_ index: Int, _ standard: UInt8) -> UInt8 { index < numbers.count ? numbers[index] : standard }
let exploration = Exploration(
  Bounds(
    crashes: bound(0, 1), lostAnswers: bound(1, 1), lateCalls: bound(2, 1), staleAnswers: bound(3, 1),
    takeovers: bound(4, 1), personActs: bound(5, 0), updates: bound(6, 0), tenures: bound(7, 2)))
if let (message, trace) = exploration.violation {
  print("violation: \(message)")
  for (number, name) in trace.enumerated() { print("  \(number)  \(name)") }
}
print(
  "exhaustive: states=\(exploration.states) transitions=\(exploration.transitions) "
    + "violations=\(exploration.violation == nil ? 0 : 1)")
