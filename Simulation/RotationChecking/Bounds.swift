import TokenRotationCore

/// How much may go wrong in an exploration, whose states grow with it.
public struct Bounds: Sendable {
  var budget: World.Budget
  var settings: [Model.Settings] = [
    Model.Settings(tellsPrimary: true, tellsSecondary: true),
    Model.Settings(tellsPrimary: true, tellsSecondary: false),
    Model.Settings(tellsPrimary: false, tellsSecondary: false),
  ]

  init(
    crashes: UInt8 = 0, lostAnswers: UInt8 = 0, lateCalls: UInt8 = 0, staleAnswers: UInt8 = 0,
    storeFaults: UInt8 = 0, takeovers: UInt8 = 0, personActs: UInt8 = 0, updates: UInt8 = 0, tenures: UInt8 = 2,
    goals: [RotationMachine.Goal] = [.rotate]
  ) {
    budget = World.Budget(
      crashes: crashes, lostAnswers: lostAnswers, lateCalls: lateCalls, staleAnswers: staleAnswers,
      storeFaults: storeFaults, takeovers: takeovers, personActs: personActs, updates: updates, tenures: tenures)
    for index in settings.indices { settings[index].goals = goals }
  }

  /// A moment's work, for tests.
  public static let smallest = [
    Bounds(crashes: 1, lostAnswers: 1), Bounds(staleAnswers: 1, takeovers: 1), Bounds(personActs: 1),
  ]

  /// Seconds of work: each kind of fault, and some of them together.
  public static let quick = [
    Bounds(crashes: 1, lostAnswers: 1, takeovers: 1),
    Bounds(crashes: 1, lostAnswers: 2, tenures: 3),
    Bounds(crashes: 1, staleAnswers: 1, takeovers: 1),
    Bounds(lateCalls: 1, staleAnswers: 1, takeovers: 1),
    Bounds(lostAnswers: 1, personActs: 1, updates: 1),
    Bounds(crashes: 1, storeFaults: 2, takeovers: 1),
    Bounds(crashes: 1, lostAnswers: 1, storeFaults: 1, tenures: 3, goals: [.rotate, .create, .abandon, .delete]),
  ]

  /// Minutes of work: all kinds of faults together, and a person at the Console.
  public static let full =
    quick + [
      Bounds(crashes: 1, lostAnswers: 1, lateCalls: 1, staleAnswers: 1, storeFaults: 1, takeovers: 1),
      Bounds(crashes: 1, lostAnswers: 1, lateCalls: 1, takeovers: 1, personActs: 2),
      Bounds(crashes: 1, staleAnswers: 1, takeovers: 1, personActs: 1),
      Bounds(takeovers: 1, personActs: 2, updates: 1, tenures: 3),
      Bounds(lostAnswers: 1, lateCalls: 1, personActs: 1, updates: 1, tenures: 3),
      Bounds(lostAnswers: 1, lateCalls: 2, takeovers: 1, tenures: 3),
      Bounds(crashes: 1, lostAnswers: 2, lateCalls: 1, tenures: 3),
      Bounds(crashes: 1, staleAnswers: 2, takeovers: 1, tenures: 3),
      Bounds(
        crashes: 1, lostAnswers: 1, staleAnswers: 1, storeFaults: 1, tenures: 3,
        goals: [.rotate, .create, .abandon, .delete]),
      Bounds(storeFaults: 1, personActs: 2, updates: 1),
      Bounds(lostAnswers: 1, lateCalls: 1, staleAnswers: 2, takeovers: 1),
      Bounds(staleAnswers: 1, takeovers: 1, personActs: 2, updates: 1, tenures: 3),
      Bounds(lateCalls: 1, staleAnswers: 2, storeFaults: 1, takeovers: 1, personActs: 1),
      Bounds(
        crashes: 1, lostAnswers: 1, personActs: 1, updates: 1, tenures: 3, goals: [.rotate, .create, .abandon, .delete]),
      Bounds(crashes: 1, lostAnswers: 1, lateCalls: 1, takeovers: 1, updates: 1, tenures: 3),
      Bounds(
        crashes: 1, lostAnswers: 1, lateCalls: 1, staleAnswers: 1, storeFaults: 1, takeovers: 1, personActs: 1,
        updates: 1),
    ]

  /// A second's work, in which every change is met that the diagram shows.
  static let diagram = [
    Bounds(crashes: 1, lostAnswers: 1, takeovers: 1, goals: [.rotate, .create, .abandon, .delete]),
    Bounds(lateCalls: 1, staleAnswers: 1, takeovers: 1),
    Bounds(lostAnswers: 1, personActs: 1, updates: 1),
    Bounds(crashes: 1, personActs: 1, updates: 1),
    Bounds(staleAnswers: 1, personActs: 2),
  ]
}

extension Bounds: CustomStringConvertible {
  /// What may happen, and how often.
  public var description: String {
    let counts = [
      ("crashes", budget.crashes), ("lost answers", budget.lostAnswers), ("late calls", budget.lateCalls),
      ("stale answers", budget.staleAnswers), ("store faults", budget.storeFaults), ("takeovers", budget.takeovers),
      ("acts of a person", budget.personActs),
      ("updates by hand", budget.updates), ("tenures", budget.tenures),
    ]
    let goals = settings.first?.goals.map(\.rawValue).joined(separator: "/") ?? ""
    return counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ") + " to \(goals)"
  }
}
