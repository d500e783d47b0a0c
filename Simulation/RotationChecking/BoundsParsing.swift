import TokenRotationCore

extension Bounds {
  /// The bounds that a text such as `crashes=1 lost=2 tenures=3 goals=rotate,create twilio=both` stands for.
  ///
  /// What is not named does not happen; two tenures to rotate are the default. `twilio` says to whom the account names
  /// its primary token: `both` of its tokens, the `primary`, or `nobody`; each of them in turn if it is left out.
  public init?(parsing text: String) {
    self.init()
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, take(parts[1], for: parts[0]) else { return nil }
    }
  }

  private mutating func take(_ value: String, for name: String) -> Bool {
    switch name {
    case "goals":
      let goals = value.split(separator: ",").map { RotationMachine.Goal(rawValue: String($0)) }
      guard !goals.contains(nil) else { return false }
      for index in settings.indices { settings[index].goals = goals.compactMap(\.self) }
      return true
    case "twilio":
      settings.removeAll { $0.name != value }
      return settings.count == 1
    default:
      guard let budget = Self.names[name], let count = UInt8(value) else { return false }
      self.budget[keyPath: budget] = count
      return true
    }
  }

  private static var names: [String: WritableKeyPath<World.Budget, UInt8>] {
    [
      "crashes": \.crashes, "lost": \.lostAnswers, "late": \.lateCalls, "stale": \.staleAnswers,
      "store": \.storeFaults, "takeovers": \.takeovers, "person": \.personActs, "updates": \.updates,
      "tenures": \.tenures,
    ]
  }
}

extension Model.Settings {
  fileprivate var name: String { tellsSecondary ? "both" : tellsPrimary ? "primary" : "nobody" }
}
