/// A Twilio account that a customer connected, as the host's users may see it: everything but the token.
///
/// `Encodable` as the response document of the REST endpoint that this package reproduces: exactly the documented keys,
/// every one always there, null where there is nothing, dates of RFC 3339 in UTC.
public struct TwilioProvider: Hashable, Sendable {
  /// The host's id of the provider.
  public let id: ProviderID
  /// The account.
  public let accountSID: AccountSID
  /// The region that the account's token is valid in.
  public let region: TwilioRegion
  /// What the host says of it: name, trunk, numbers.
  public let details: ProviderDetails
  /// The last result of every check.
  public let verification: VerificationReport

  package init(_ record: ProviderRecord) {
    id = record.id
    accountSID = record.accountSID
    region = record.region
    details = record.details
    verification = record.verification
  }
}

/// Some of the providers, in the order of their ids.
public struct TwilioProviderPage: Hashable, Sendable {
  /// The providers whose records could be read.
  public let providers: [TwilioProvider]
  /// The ids of those whose records could not: one that is damaged must not hide the others.
  public let unreadable: [ProviderID]
  /// What to ask for the next page with; nil on the last one.
  public let next: ProviderID?
}

extension TwilioProvider: Encodable {
  private enum CodingKeys: String, CodingKey {
    case name, providerType, accountSid, id, verificationStatus, lastVerifiedAt, phoneNumberCount
    case verificationDetails, trunkSid, terminationUri, region, supportsCallTransfer
  }

  /// Writes the response document.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(details.name, forKey: .name)
    try container.encode("twilio", forKey: .providerType)
    try container.encode(accountSID, forKey: .accountSid)
    try container.encode(id, forKey: .id)
    try container.encode(verification.status, forKey: .verificationStatus)
    try container.encode(verification.lastVerifiedAt.map(InternetDate.rfc3339), forKey: .lastVerifiedAt)
    try container.encode(details.phoneNumberCount, forKey: .phoneNumberCount)
    try container.encode(verification.checks.isEmpty ? nil : verification.checks, forKey: .verificationDetails)
    try container.encode(details.trunkSID, forKey: .trunkSid)
    try container.encode(details.terminationURI, forKey: .terminationUri)
    try container.encode(region, forKey: .region)
    try container.encode(details.supportsCallTransfer, forKey: .supportsCallTransfer)
  }
}
