import TokenRotationCore

/// The changes that the machines of an exploration stored: from which phase to which, and what led to each.
public struct Diagram: Sendable {
  private struct Change: Hashable, Comparable {
    let from: String
    let to: String
    let name: String

    static func < (one: Change, other: Change) -> Bool {
      (one.from, one.to, one.name) < (other.from, other.to, other.name)
    }
  }

  private var causes: [Change: Set<String>] = [:]

  /// Makes an empty one.
  public init() {}

  /// Reads it off the tenures that were met.
  init(_ tenures: Tenures) {
    let events = RotationMachine.Event.all
    // What led to each machine, a wait on the way left out.
    var reasons = [Set<String>](repeating: [], count: tenures.machines.count)
    for number in tenures.firsts { reasons[Int(number) - 1].insert("begin to \(tenures[number].goal)") }
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for (index, count) in tenures.met.enumerated() where count > 0 {
        let (number, event) = (index / events.count, index % events.count)
        let next = tenures.successor(of: Int32(number + 1), after: event)
        guard next != 0 else { continue }
        let step = tenures.machines[number].step
        let before = reasons[Int(next) - 1].count
        if case .waiting = step {
          reasons[Int(next) - 1].formUnion(reasons[number])
        } else {
          reasons[Int(next) - 1].insert("\(Coverage.name(step)): \(Coverage.name(events[event]))")
        }
        hasChanged = hasChanged || reasons[Int(next) - 1].count != before
      }
    }
    let stored = RotationMachine.Event.stored
    for (number, machine) in tenures.machines.enumerated() {
      guard case .storing = machine.step, tenures.met[number * events.count + stored.number] > 0 else { continue }
      var next = machine
      _ = next.handle(stored)
      let change = Change(
        from: machine.ledger.phase.rawValue, to: next.ledger.phase.rawValue,
        name: String(Coverage.name(machine.step).dropFirst("store ".count)))
      causes[change, default: []].formUnion(reasons[number])
    }
  }

  /// Takes another one in.
  public mutating func add(_ other: Diagram) {
    causes.merge(other.causes) { $0.union($1) }
  }

  /// The phases and the changes between them in Mermaid's language, and a table of what leads to each.
  public var markdown: String {
    var lines = ["```mermaid", "stateDiagram-v2", "  [*] --> idle"]
    var edges: [String: [String]] = [:]
    for change in causes.keys.sorted() { edges["\(change.from) --> \(change.to)", default: []].append(change.name) }
    for (edge, names) in edges.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(edge): \(names.joined(separator: ", "))")
    }
    lines += ["```", "", "| from | to | change | what leads to it |", "|---|---|---|---|"]
    for (change, reasons) in causes.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "| \(change.from) | \(change.to) | \(change.name) | \(reasons.sorted().joined(separator: "; ")) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What the document is to show: the changes that are met within bounds that take seconds.
  public static func derived() async -> String {
    var diagram = Diagram()
    await Survey.explore(Bounds.diagram) { diagram.add($1.diagram) }
    return diagram.markdown
  }
}
