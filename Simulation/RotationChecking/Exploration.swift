import TokenRotationCore

/// Visits every world that can be reached.
public struct Exploration: Sendable {
  /// How many worlds there are.
  public private(set) var states = 0
  /// How many steps lead from one to another.
  public private(set) var transitions = 0
  /// The first thing that must not be, and how it comes about.
  public private(set) var violation: Violation?
  /// How many steps delete a secondary that nobody held.
  public private(set) var presumedOursDeleted = 0
  /// Which events the machines met at which of their steps.
  public private(set) var coverage = Coverage()
  /// Which changes they stored.
  public private(set) var diagram = Diagram()

  /// Something that must not be.
  public struct Violation: Sendable {
    /// What it is.
    public let message: String
    /// How it comes about, step by step.
    public let trace: [String]
  }

  /// Makes one that has been nowhere.
  public init() {}

  /// Explores from an account with one token that a store holds, one way of Twilio's after the other.
  public init(_ bounds: Bounds) {
    for settings in bounds.settings { add(Exploration(bounds.budget, settings)) }
  }

  /// Takes another one's findings in, of which the shorter way to a violation stays.
  public mutating func add(_ other: Exploration) {
    states += other.states
    transitions += other.transitions
    presumedOursDeleted += other.presumedOursDeleted
    coverage.add(other.coverage)
    diagram.add(other.diagram)
    guard let found = other.violation else { return }
    if let violation, violation.trace.count <= found.trace.count { return }
    violation = found
  }

  /// How a world was come to: which of its parent's steps it was.
  fileprivate struct Origin {
    let parent: UInt32
    let step: UInt32
  }

  init(_ budget: World.Budget, _ settings: Model.Settings) {
    let model = Model(settings)
    let start = World(budget: budget)
    var seen = FingerprintSet()
    // All worlds in the order in which they were met, of which only those that are still to be visited are kept.
    var origins = [Origin(parent: 0, step: 0)]
    var (level, nextLevel) = ([start], [World]())
    var (steps, endingSteps) = (Steps(), Steps())
    var visited = 0
    _ = seen.insert(start.fingerprint)
    while !level.isEmpty, violation == nil {
      visiting: for world in level {
        model.find(&steps, in: world)
        transitions += steps.all.count
        if let message = model.violation(in: world) ?? model.violationOfEnding(in: world, &endingSteps) {
          violation = Violation(message: message, trace: model.trace(to: visited, origins, from: start))
          break visiting
        }
        for (index, step) in steps.all.enumerated() {
          if let handled = step.handled { model.tenures.note(handled) }
          if step.deletesPresumedOurs { presumedOursDeleted += 1 }
          if let message = step.violation {
            violation = Violation(message: message, trace: model.trace(to: visited, origins, from: start, then: index))
            break visiting
          }
          guard seen.insert(step.world.fingerprint) else { continue }
          nextLevel.append(step.world)
          origins.append(Origin(parent: UInt32(visited), step: UInt32(index)))
        }
        visited += 1
      }
      swap(&level, &nextLevel)
      nextLevel.removeAll(keepingCapacity: true)
    }
    states = seen.count
    coverage = Coverage(model.tenures)
    diagram = Diagram(model.tenures)
  }
}

extension Model {
  /// The names of the steps to a world, found by taking them once more.
  fileprivate func trace(
    to world: Int, _ origins: [Exploration.Origin], from start: World, then last: Int? = nil
  ) -> [String] {
    var path = last.map { [$0] } ?? []
    var index = world
    while index != 0 {
      path.append(Int(origins[index].step))
      index = Int(origins[index].parent)
    }
    var names = ["begin: \(settings)"]
    var current = start
    var steps = Steps(areNamed: true)
    for choice in path.reversed() {
      find(&steps, in: current)
      names.append(steps.all[choice].name)
      current = steps.all[choice].world
    }
    return names
  }
}

extension Model.Settings: CustomStringConvertible {
  var description: String {
    let told = tellsSecondary ? "to both tokens" : tellsPrimary ? "to the primary only" : "to nobody"
    return "Twilio names the primary \(told)"
  }
}
