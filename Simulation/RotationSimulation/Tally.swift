import TokenRotationCore

/// What happened in simulated runs, counted.
public struct Tally: Sendable {
  /// A fault, and what the stored record said when it came.
  struct Place: Hashable, Sendable {
    let fault: Fault
    let call: PortCall
    let phase: RotationPhase
  }

  var places: [Place: Int] = [:]
  /// How often a secondary was promoted.
  public internal(set) var promotions = 0
  /// How often a secondary was deleted that nobody held, after an unknown create.
  public internal(set) var presumedOurs = 0

  mutating func count(_ fault: Fault, _ call: PortCall, _ phase: RotationPhase) {
    places[Place(fault: fault, call: call, phase: phase), default: 0] += 1
  }

  mutating func add(_ other: Tally) {
    places.merge(other.places, uniquingKeysWith: +)
    promotions += other.promotions
    presumedOurs += other.presumedOurs
  }

  /// How many faults there were.
  public var faults: Int { places.values.reduce(0, +) }

  /// How often a process died.
  public var crashes: Int {
    places.filter { $0.key.fault == .diesBefore || $0.key.fault == .diesAfter }.values.reduce(0, +)
  }

  /// How often a fault came while the record said that.
  func count(_ fault: Fault, in phase: RotationPhase) -> Int {
    places.filter { $0.key.fault == fault && $0.key.phase == phase }.values.reduce(0, +)
  }

  /// A table: a line for each fault, a column for each phase.
  public var lines: [String] {
    let width = 12
    func cell(_ text: String) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
    let header = cell("") + RotationPhase.allCases.map { cell($0.rawValue) }.joined()
    return [header]
      + Fault.allCases.map { fault in
        cell(fault.rawValue) + RotationPhase.allCases.map { cell(String(count(fault, in: $0))) }.joined()
      }
  }

  /// What never happened and could have.
  ///
  /// A server error answers a call that changes something, and those are sent while creating, discarding and promoting.
  public var missing: [String] {
    let calling: Set<RotationPhase> = [.creating, .discarding, .promoting]
    return Fault.allCases.flatMap { fault in
      RotationPhase.allCases
        .filter { count(fault, in: $0) == 0 && (fault != .serverError || calling.contains($0)) }
        .map { "\(fault.rawValue) in \($0.rawValue)" }
    }
  }
}
