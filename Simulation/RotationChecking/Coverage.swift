import TokenRotationCore

/// Which events were met at which steps of the machine, and how often.
public struct Coverage: Sendable {
  fileprivate struct Pair: Hashable {
    let step: String
    let event: String
  }

  private var counts: [Pair: Int] = [:]

  /// Makes an empty one.
  public init() {}

  /// Sums up what the machines of an exploration met.
  init(_ tenures: Tenures) {
    let events = RotationMachine.Event.all
    for (number, count) in tenures.met.enumerated() where count > 0 {
      let pair = Pair(
        step: Self.name(tenures.machines[number / events.count].step), event: Self.name(events[number % events.count]))
      counts[pair, default: 0] += count
    }
  }

  /// Takes another's counts in.
  public mutating func add(_ other: Coverage) {
    counts.merge(other.counts, uniquingKeysWith: +)
  }

  /// A line for each step, with the count of each event; what was not met is named, with the reason.
  public var lines: [String] {
    Self.rows.flatMap { step, events in
      let met = events.map { event in "\(event)=\(counts[Pair(step: step, event: event)] ?? 0)" }
      let missed = events.filter { counts[Pair(step: step, event: $0)] == nil }
      return ["  \(step): \(met.joined(separator: " "))"]
        + missed.map { "    not met: \($0), because \(Self.reason(step, $0))" }
    }
  }

  /// The pairs that were not met although nothing explains it.
  public var unexplained: [String] {
    Self.rows.flatMap { step, events in
      events.filter { counts[Pair(step: step, event: $0)] == nil && Self.knownReason(step, $0) == nil }
        .map { "\(step) × \($0)" }
    }
  }

  // MARK: Names

  static func name(_ step: RotationMachine.Step) -> String {
    switch step {
    case .start: "start"
    case .storing(let change, _): "store \(name(change))"
    case .waiting(let wait, _): "wait \(wait.rawValue)"
    case .calling(let call): "call \(call.rawValue)"
    case .cleaningUp: "clean up"
    case .finished: "finished"
    case .probing(let probe):
      switch probe {
      case .pair(let pair): "probe \(probe.place == .candidate ? "candidate" : "current") \(pair.purpose.rawValue)"
      case .promoted(_, let saysNoSecondary): "probe promoted\(saysNoSecondary ? ", no secondary" : "")"
      case .discarding: "probe before deleting again"
      case .discarded: "probe after deleting nothing"
      case .owned: "probe given up, in the way"
      case .rival: "probe given up, beside the candidate"
      case .named: "probe named as the primary"
      case .caller(let call, _): "probe caller of \(call.rawValue)"
      case .received: "probe received"
      case .recovery(let recovery): recovery.place == .current ? "probe current for recovery" : "probe for recovery"
      }
    }
  }

  static func name(_ event: RotationMachine.Event) -> String {
    switch event {
    case .stored: "stored"
    case .superseded: "superseded"
    case .storeFailed: "storeFailed"
    case .waited: "waited"
    case .probed(let answer): answer.rawValue
    case .answered(let answer): answer.rawValue
    }
  }

  private static func name(_ change: RotationChange) -> String {
    switch change {
    case .keep: "keep"
    case .commit: "commit"
    case .quarantine(let reason): "quarantine \(reason.rawValue)"
    case .claim: "claim"
    case .intendToCreate: "intendToCreate"
    case .noteUnknownCreate: "noteUnknownCreate"
    case .intendToDiscard: "intendToDiscard"
    case .intendToPromote: "intendToPromote"
    case .returnToMinted: "returnToMinted"
    case .discardCandidate: "discardCandidate"
    case .dropCandidate: "dropCandidate"
    case .takeReturned: "takeReturned"
    case .adopt: "adopt"
    case .replaceCurrent: "replaceCurrent"
    case .end: "end"
    case .release: "release"
    }
  }

  // MARK: What there is to be met

  private static let rows: [(String, [String])] =
    [
      "claim", "intendToCreate", "noteUnknownCreate", "keep", "intendToDiscard", "intendToPromote", "returnToMinted",
      "discardCandidate", "dropCandidate", "takeReturned", "adopt", "commit", "replaceCurrent", "end", "release",
      "quarantine interruptedCreate", "quarantine nothingWorks", "quarantine contradiction",
    ].map { ("store \($0)", ["stored", "superseded", "storeFailed"]) }
    + RotationWait.allCases.map { ("wait \($0.rawValue)", ["waited", "superseded", "storeFailed"]) }
    + RotationCall.allCases.map {
      ("call \($0.rawValue)", CallAnswer.allCases.map(\.rawValue) + ["superseded", "storeFailed"])
    }
    + [("clean up", CallAnswer.allCases.map(\.rawValue))]
    + [
      "candidate beforePromoting", "current beforePromoting", "candidate afterPromoting", "current afterPromoting",
      "candidate takenOver", "current takenOver", "promoted", "promoted, no secondary", "before deleting again",
      "after deleting nothing", "given up, in the way", "given up, beside the candidate",
      "named as the primary", "caller of create",
      "caller of delete", "received",
      "current for recovery",
      "for recovery",
    ].map { ("probe \($0)", ProbeAnswer.allCases.map(\.rawValue)) }

  private static func reason(_ step: String, _ event: String) -> String {
    knownReason(step, event) ?? "these bounds leave no room for it"
  }

  private static func knownReason(_ step: String, _ event: String) -> String? {
    if event == "superseded" || event == "storeFailed", step.hasPrefix("wait") || step.hasPrefix("call") {
      return "it ends the tenure where the lease cannot be renewed, as dying there does"
    }
    if step == "store quarantine contradiction" {
      return "it takes more answers in a row that are out of date; RotationRuleTests covers it"
    }
    if step == "store adopt" || (step == "probe given up, beside the candidate" && event != "rejected") {
      return "it takes a late promotion, an update by hand and a create that a node behind accepts; RotationRuleTests"
    }
    if step == "probe named as the primary", event != "primary" {
      return "it takes two acts of a person, a create that a node behind accepts and one fault more; RotationRuleTests"
    }
    if step == "clean up", event != "done" { return "whatever the answer, the tenure is over" }
    return switch (step, event) {
    case ("call create", "noSecondary"), ("call create", "doneOther"), ("call delete", "secondaryExists"),
      ("call delete", "doneOther"), ("call delete", "doneUnseen"), ("call promote", "secondaryExists"):
      "Twilio does not answer this call so; it is taken for a refusal"
    case ("call create", "doneUnseen"), ("call promote", "doneUnseen"):
      "the model's Twilio fills in its answers; a promotion without the token is treated as one with it"
    case ("probe received", "secondary"):
      "the model's person enters the account's primary; a secondary is refused, and nothing is stored"
    default: nil
    }
  }
}
