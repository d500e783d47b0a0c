import HTTPTypes
import TokenRotationCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TransportResponse {
  /// A response with a JSON document.
  static func document(_ status: HTTPResponse.Status, _ document: some Encodable) -> TransportResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let body = try? encoder.encode(document) else {
      // Documents hold texts, numbers and dates as texts; none of them can fail to be encoded.
      return TransportResponse(head: HTTPResponse(status: .internalServerError))
    }
    let head = HTTPResponse(
      status: status, headerFields: [.contentType: "application/json", .cacheControl: "no-store"])
    return TransportResponse(head: head, body: Array(body))
  }

  /// A response with a provider's document and the tag of its state.
  static func provider(_ status: HTTPResponse.Status, _ stored: StoredRecord) -> TransportResponse {
    var response = document(status, TwilioProvider(stored.record))
    response.head.headerFields[.eTag] = EndpointPrecondition.tag(stored.revision)
    return response
  }

  /// 204.
  static var done: TransportResponse {
    TransportResponse(head: HTTPResponse(status: .noContent, headerFields: [.cacheControl: "no-store"]))
  }
}

/// `{status, checks[], lastVerifiedAt}`.
struct VerificationDocument: Encodable {
  let status: VerificationReport.Status
  let checks: [VerificationCheck]
  let lastVerifiedAt: String?

  init(_ report: VerificationReport) {
    status = report.status
    checks = report.checks
    lastVerifiedAt = report.lastVerifiedAt.map(InternetDate.rfc3339)
  }

  private enum CodingKeys: String, CodingKey {
    case status, checks, lastVerifiedAt
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(status, forKey: .status)
    try container.encode(checks, forKey: .checks)
    // Null where there is none, like every key of these documents.
    try container.encode(lastVerifiedAt, forKey: .lastVerifiedAt)
  }
}

/// What Twilio says of a token that was created or promoted, without the token.
struct AuthTokenDocument: Encodable {
  let accountSID: AccountSID
  let dateCreated: Date?
  let dateUpdated: Date?
  let url: String?

  init(_ promotion: AuthTokenPromotion) {
    accountSID = promotion.accountSID
    dateCreated = promotion.dateCreated
    dateUpdated = promotion.dateUpdated
    url = promotion.url
  }

  init(_ secondary: SecondaryAuthToken) {
    accountSID = secondary.accountSID
    dateCreated = secondary.dateCreated
    dateUpdated = secondary.dateUpdated
    url = secondary.url
  }

  private enum CodingKeys: String, CodingKey {
    case accountSid, dateCreated, dateUpdated, url
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(accountSID, forKey: .accountSid)
    try container.encode(dateCreated.map(InternetDate.rfc3339), forKey: .dateCreated)
    try container.encode(dateUpdated.map(InternetDate.rfc3339), forKey: .dateUpdated)
    try container.encode(url, forKey: .url)
  }
}

/// Where a rotation stands.
struct RotationDocument: Encodable {
  let explanation: RotationExplanation

  private enum CodingKeys: String, CodingKey {
    case id, phase, quarantine, isHeld, mintedAt, keptTokens, situation, nextStep, evidence
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(explanation.providerID, forKey: .id)
    try container.encode(explanation.phase.rawValue, forKey: .phase)
    try container.encode(explanation.quarantine?.rawValue, forKey: .quarantine)
    try container.encode(explanation.isHeld, forKey: .isHeld)
    try container.encode(explanation.mintedAt.map(InternetDate.rfc3339), forKey: .mintedAt)
    try container.encode(explanation.keptTokens, forKey: .keptTokens)
    try container.encode(explanation.situation, forKey: .situation)
    try container.encode(explanation.nextStep, forKey: .nextStep)
    try container.encode(explanation.evidence, forKey: .evidence)
  }
}

/// What goes on after the response, and where to look.
struct UnderWayDocument: Encodable {
  let id: ProviderID
  let rotation: String
}

/// A page of providers.
struct ProviderListDocument: Encodable {
  let providers: [TwilioProvider]
  let next: ProviderID?

  private enum CodingKeys: String, CodingKey {
    case providers, next
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(providers, forKey: .providers)
    try container.encode(next, forKey: .next)
  }
}
