import TokenRotationCore

/// Visits every world that can be reached.
public struct Exploration: Sendable {
  /// How many worlds there are.
  public private(set) var states = 0
  /// How many steps lead from one to another.
  public private(set) var transitions = 0
  /// The first thing that must not be, and how it comes about.
  public private(set) var violation: (message: String, trace: [String])?
  /// How many steps delete a secondary that nobody held.
  public private(set) var presumedOursDeleted = 0
  /// Which events the machines met at which of their steps.
  public private(set) var coverage = Coverage()

  private struct Origin {
    let parent: Int32
    let name: String
  }

  /// Explores from an account with one token that a store holds.
  public init(_ bounds: Bounds, limit: Int = .max) {
    var seen: [World: Int32] = [:]
    var queue: [World] = []
    var origins: [Origin] = []
    for settings in bounds.settings {
      let world = World(budget: bounds.budget, settings: settings)
      seen[world] = Int32(queue.count)
      queue.append(world)
      origins.append(Origin(parent: -1, name: "begin with \(settings)"))
    }
    var next = 0
    while next < queue.count, next < limit {
      let world = queue[next]
      let steps = world.steps()
      transitions += steps.count
      if let message = world.violation() ?? world.violationOfEnding() {
        violation = (message, Self.trace(next, origins, []))
        break
      }
      for step in steps {
        if let handled = step.handled { coverage.note(handled) }
        if step.deletesPresumedOurs { presumedOursDeleted += 1 }
        if let message = step.violation {
          violation = (message, Self.trace(next, origins, [step.name]))
          break
        }
        guard seen[step.world] == nil else { continue }
        seen[step.world] = Int32(queue.count)
        queue.append(step.world)
        origins.append(Origin(parent: Int32(next), name: step.name))
      }
      if violation != nil { break }
      next += 1
    }
    states = queue.count
  }

  private static func trace(_ index: Int, _ origins: [Origin], _ last: [String]) -> [String] {
    var names = last
    var index = index
    while index >= 0 {
      names.append(origins[index].name)
      index = Int(origins[index].parent)
    }
    return (last + names.dropFirst(last.count)).reversed()
  }
}
