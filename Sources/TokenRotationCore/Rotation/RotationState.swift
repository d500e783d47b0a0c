#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How far a provider's rotation has come, as its record keeps it: all that has to survive the process.
///
/// What it means for an operator is said by `explainRotation(of:)` of ``TwilioProviders``.
public struct RotationState: Hashable, Sendable {
  /// Where the rotation stands.
  public package(set) var phase = RotationPhase.idle
  /// Why a person has to look; in ``RotationPhase/quarantined`` only.
  public package(set) var quarantine: QuarantineReason?
  /// The token that was created and is not the current one yet, sealed for ``TokenSlot/candidate``.
  public package(set) var candidate: SealedToken?
  /// When the candidate was stored.
  public package(set) var mintedAt: Date?
  /// When the last rotation made a new token the current one.
  public package(set) var committedAt: Date?
  /// Tokens that were given up while a rotation was open, each sealed for ``TokenSlot/givenUp``, the last one last.
  package var givenUp: [SealedToken] = []
  /// Whether a create may have been applied whose answer nobody saw.
  package var unknownCreate = UnknownCreate.none
  /// What the rotation is for, so that whoever resumes it finishes that and no more; nil while there is none.
  package var goal: RotationMachine.Goal?
  /// Who holds the record; nil if nobody does.
  package var tenure: RotationTenure?
  /// Why the last worker stopped; nil if it reached its goal.
  package var stop: RotationStop?
  /// What was asked and answered since the rotation began, the latest last; erased when it succeeds.
  package var evidence: [RotationEvidence] = []

  private var unknownFields: [String: JSONValue] = [:]

  /// No rotation, and nothing left of one.
  public static let idle = RotationState()
}

/// A worker's hold on a record.
///
/// A lease is a duration and no date, because the clocks of two machines need not agree: whoever wants to take over
/// watches the tenure stand still for that long.
package struct RotationTenure: Hashable, Sendable {
  /// The worker's id, a new one for each tenure.
  package var owner: String
  /// Counts the owner's writes.
  package var beat: Int
  /// How long it holds after each of them.
  package var lease: Duration

  package init(owner: String, beat: Int = 1, lease: Duration) {
    self.owner = owner
    self.beat = beat
    self.lease = lease
  }
}

extension RotationState: Codable {
  private enum Field: String {
    case state, quarantine, candidate, mintedAt, givenUp, unknownCreate, goal, owner, beat, leaseMilliseconds
    case stop, evidence, committedAt

    var key: AnyCodingKey { AnyCodingKey(stringValue: rawValue) }
  }

  /// Reads the state from an object whose `state` names the phase.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyCodingKey.self)
    phase = try container.decode(RotationPhase.self, forKey: Field.state.key)
    quarantine = try container.decodeIfPresent(QuarantineReason.self, forKey: Field.quarantine.key)
    candidate = try container.decodeIfPresent(SealedToken.self, forKey: Field.candidate.key)
    mintedAt = try container.decodeDateIfPresent(forKey: Field.mintedAt.key)
    committedAt = try container.decodeDateIfPresent(forKey: Field.committedAt.key)
    givenUp = try container.decodeIfPresent([SealedToken].self, forKey: Field.givenUp.key) ?? []
    unknownCreate = try container.decodeIfPresent(UnknownCreate.self, forKey: Field.unknownCreate.key) ?? .none
    goal = try container.decodeIfPresent(RotationMachine.Goal.self, forKey: Field.goal.key)
    if let owner = try container.decodeIfPresent(String.self, forKey: Field.owner.key) {
      tenure = RotationTenure(
        owner: owner,
        beat: try container.decode(Int.self, forKey: Field.beat.key),
        lease: .milliseconds(try container.decode(Int64.self, forKey: Field.leaseMilliseconds.key)))
    }
    stop = try container.decodeIfPresent(RotationStop.self, forKey: Field.stop.key)
    evidence = try container.decodeIfPresent([RotationEvidence].self, forKey: Field.evidence.key) ?? []
    for key in container.allKeys where Field(rawValue: key.stringValue) == nil {
      unknownFields[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
    }
    guard (candidate != nil) == (phase == .minted || phase == .promoting) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "A candidate is there or missing against the state."))
    }
  }

  /// Writes the state as an object whose `state` names the phase; what there is not is left out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyCodingKey.self)
    for (name, value) in unknownFields {
      try container.encode(value, forKey: AnyCodingKey(stringValue: name))
    }
    try container.encode(phase, forKey: Field.state.key)
    try container.encodeIfPresent(quarantine, forKey: Field.quarantine.key)
    try container.encodeIfPresent(candidate, forKey: Field.candidate.key)
    try container.encodeIfPresent(mintedAt.map(InternetDate.rfc3339), forKey: Field.mintedAt.key)
    try container.encodeIfPresent(committedAt.map(InternetDate.rfc3339), forKey: Field.committedAt.key)
    if !givenUp.isEmpty { try container.encode(givenUp, forKey: Field.givenUp.key) }
    if unknownCreate != .none { try container.encode(unknownCreate, forKey: Field.unknownCreate.key) }
    try container.encodeIfPresent(goal, forKey: Field.goal.key)
    try container.encodeIfPresent(tenure?.owner, forKey: Field.owner.key)
    try container.encodeIfPresent(tenure?.beat, forKey: Field.beat.key)
    try container.encodeIfPresent(tenure?.lease.wholeMilliseconds, forKey: Field.leaseMilliseconds.key)
    try container.encodeIfPresent(stop, forKey: Field.stop.key)
    if !evidence.isEmpty { try container.encode(evidence, forKey: Field.evidence.key) }
  }
}

extension Duration {
  /// Milliseconds, rounded up.
  fileprivate var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }
}

extension ProviderRecord {
  /// The part of the record that every decision of a rotation rests on.
  var ledger: RotationLedger<SealedToken> {
    var ledger = RotationLedger(current: token)
    ledger.phase = rotation.phase
    ledger.candidate = rotation.candidate
    ledger.givenUp = rotation.givenUp
    ledger.unknownCreate = rotation.unknownCreate
    ledger.quarantine = rotation.quarantine
    ledger.isHeld = rotation.tenure != nil
    return ledger
  }

  /// Takes the tokens and the state of a ledger over; who holds the record is the caller's to say.
  mutating func adopt(_ ledger: RotationLedger<SealedToken>) {
    token = ledger.current
    rotation.phase = ledger.phase
    rotation.candidate = ledger.candidate
    rotation.givenUp = ledger.givenUp
    rotation.unknownCreate = ledger.unknownCreate
    rotation.quarantine = ledger.quarantine
  }
}
