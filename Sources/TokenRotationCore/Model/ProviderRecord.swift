#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a store keeps of a provider: one document.
///
/// A store treats it as opaque but for ``id``, ``accountSID`` and ``region``, which it indexes. It holds sealed tokens
/// only. `Codable` and versioned: a record that a newer release wrote keeps the fields that this one does not know, so
/// that an older process beside a newer one takes nothing away.
public struct ProviderRecord: Hashable, Sendable {
  /// The version of the form that this release writes.
  public static let currentVersion = 1

  /// The host's id of the provider.
  public let id: ProviderID
  /// The account.
  public let accountSID: AccountSID
  /// The region that the account's token is valid in.
  public let region: TwilioRegion
  /// What the host says of it.
  public var details: ProviderDetails
  /// The last result of every check.
  public var verification: VerificationReport
  /// The token in use, sealed for ``TokenSlot/current``.
  public var token: SealedToken
  /// How far a rotation has come.
  public var rotation: RotationState
  /// How often its tokens were sealed anew without being changed: what tells a rewrap from a new token.
  package var rewrapCount = 0

  private var unknownFields: [String: JSONValue] = [:]

  package init(
    id: ProviderID,
    accountSID: AccountSID,
    region: TwilioRegion,
    details: ProviderDetails,
    verification: VerificationReport = VerificationReport(),
    token: SealedToken,
    rotation: RotationState = .idle
  ) {
    self.id = id
    self.accountSID = accountSID
    self.region = region
    self.details = details
    self.verification = verification
    self.token = token
    self.rotation = rotation
  }

  /// Every sealed token of the record, and where it is kept.
  package var sealedTokens: [(slot: TokenSlot, sealed: SealedToken)] {
    [(.current, token)] + (rotation.candidate.map { [(.candidate, $0)] } ?? [])
      + rotation.givenUp.map { (.givenUp, $0) }
  }

  func sealingContext(_ slot: TokenSlot) -> SealingContext {
    SealingContext(providerID: id, accountSID: accountSID, slot: slot)
  }
}

extension ProviderRecord: Codable {
  private enum Field: String {
    case version, id, accountSID, region, name, supportsCallTransfer, trunkSID, terminationURI, phoneNumberCount
    case phoneNumbers, checks, lastVerifiedAt, token, rotation, rewraps

    var key: AnyCodingKey { AnyCodingKey(stringValue: rawValue) }
  }

  /// Reads a record of any version up to this release's.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/recordUnreadable`` for a version that is
  ///   newer, and `DecodingError` for what is no record.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyCodingKey.self)
    let version = try container.decode(Int.self, forKey: Field.version.key)
    guard (1...Self.currentVersion).contains(version) else {
      throw TokenRotationError(
        .recordUnreadable,
        "A provider's record has version \(version); this release reads up to \(Self.currentVersion). "
          + "Deploy the newer release everywhere before it writes.")
    }
    id = try container.decode(ProviderID.self, forKey: Field.id.key)
    accountSID = try container.decode(AccountSID.self, forKey: Field.accountSID.key)
    region = try container.decode(TwilioRegion.self, forKey: Field.region.key)
    let count = try container.decode(Int.self, forKey: Field.phoneNumberCount.key)
    let numbers = try container.decodeIfPresent([PhoneNumber].self, forKey: Field.phoneNumbers.key) ?? []
    details = ProviderDetails(
      name: try container.decode(String.self, forKey: Field.name.key),
      supportsCallTransfer: try container.decode(Bool.self, forKey: Field.supportsCallTransfer.key),
      trunkSID: try container.decodeIfPresent(TrunkSID.self, forKey: Field.trunkSID.key),
      terminationURI: try container.decodeIfPresent(TerminationURI.self, forKey: Field.terminationURI.key),
      // A release that knows the count alone has changed it: which numbers those are is not known any more.
      phoneNumbers: numbers.count == count ? numbers : [],
      phoneNumberCount: count)
    verification = VerificationReport(
      checks: try container.decode([VerificationCheck].self, forKey: Field.checks.key),
      lastVerifiedAt: try container.decodeDateIfPresent(forKey: Field.lastVerifiedAt.key))
    token = try container.decode(SealedToken.self, forKey: Field.token.key)
    rotation = try container.decode(RotationState.self, forKey: Field.rotation.key)
    rewrapCount = try container.decodeIfPresent(Int.self, forKey: Field.rewraps.key) ?? 0
    for key in container.allKeys where Field(rawValue: key.stringValue) == nil {
      unknownFields[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
    }
  }

  /// Writes the record, and with it the fields that it was read with and that this release does not know.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyCodingKey.self)
    for (name, value) in unknownFields {
      try container.encode(value, forKey: AnyCodingKey(stringValue: name))
    }
    try container.encode(Self.currentVersion, forKey: Field.version.key)
    try container.encode(id, forKey: Field.id.key)
    try container.encode(accountSID, forKey: Field.accountSID.key)
    try container.encode(region, forKey: Field.region.key)
    try container.encode(details.name, forKey: Field.name.key)
    try container.encode(details.supportsCallTransfer, forKey: Field.supportsCallTransfer.key)
    try container.encodeIfPresent(details.trunkSID, forKey: Field.trunkSID.key)
    try container.encodeIfPresent(details.terminationURI, forKey: Field.terminationURI.key)
    try container.encode(details.phoneNumberCount, forKey: Field.phoneNumberCount.key)
    if !details.phoneNumbers.isEmpty { try container.encode(details.phoneNumbers, forKey: Field.phoneNumbers.key) }
    try container.encode(verification.checks, forKey: Field.checks.key)
    try container.encodeIfPresent(
      verification.lastVerifiedAt.map(InternetDate.rfc3339), forKey: Field.lastVerifiedAt.key)
    try container.encode(token, forKey: Field.token.key)
    try container.encode(rotation, forKey: Field.rotation.key)
    if rewrapCount > 0 { try container.encode(rewrapCount, forKey: Field.rewraps.key) }
  }
}
