#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What is known of a provider's health: the last result of every check, and what they come to.
public struct VerificationReport: Hashable, Sendable {
  /// What the checks come to.
  public enum Status: String, Hashable, Sendable, Codable, CaseIterable {
    /// Never checked.
    case pending
    /// Nothing is wrong.
    case verified
    /// Something is wrong that does not stop calls.
    case warning
    /// Something is wrong that stops calls.
    case failed
  }

  /// The last result of each check, at most one per name.
  public var checks: [VerificationCheck]

  /// When a check last came to a result; nil if none ever did.
  public var lastVerifiedAt: Date?

  /// Makes a report.
  public init(checks: [VerificationCheck] = [], lastVerifiedAt: Date? = nil) {
    self.checks = checks
    self.lastVerifiedAt = lastVerifiedAt
  }

  /// What the checks come to: `failed` if a critical one failed, `warning` if any other did, `pending` if none came to
  /// a result.
  ///
  /// A check that was inconclusive counts as what it came to before.
  public var status: Status {
    if checks.contains(where: { $0.knownStatus == .failed && $0.name.isCritical }) { return .failed }
    if checks.contains(where: { $0.knownStatus == .failed || $0.knownStatus == .warning }) { return .warning }
    return checks.contains { $0.knownStatus == .passed } ? .verified : .pending
  }

  /// Puts in the result of a check, in place of the last one of the same name.
  package mutating func record(_ check: VerificationCheck) {
    let last = checks.first { $0.name == check.name }
    checks.removeAll { $0.name == check.name }
    checks.append(last.map(check.remembering) ?? check)
    checks.sort { $0.name.order < $1.name.order }
    if check.status != .inconclusive { lastVerifiedAt = check.timestamp }
  }
}

/// The result of one check of a provider.
public struct VerificationCheck: Hashable, Sendable {
  /// Which check it is.
  public struct Name: RawRepresentable, Hashable, Sendable {
    /// The name as people read it.
    public let rawValue: String

    /// Makes a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Twilio accepts account SID and Auth Token.
    public static let credentials = Name(rawValue: "Credentials")
    /// The trunk exists and fits.
    public static let trunk = Name(rawValue: "Trunk")
    /// The trunk lets somebody in.
    public static let credentialList = Name(rawValue: "Credential List")
    /// The imported phone numbers are still there.
    public static let phoneNumbers = Name(rawValue: "Phone Numbers")

    /// Whether calls stop when this check fails.
    public var isCritical: Bool { self == .credentials || self == .trunk }

    fileprivate var order: Int {
      [Name.credentials, .trunk, .credentialList, .phoneNumbers].firstIndex(of: self) ?? .max
    }
  }

  /// How it came out.
  public enum Status: String, Hashable, Sendable, Codable, CaseIterable {
    /// As it should be.
    case passed
    /// Not as it should be, and calls still work.
    case warning
    /// Not as it should be.
    case failed
    /// There was nothing to check.
    case skipped
    /// It could not be found out.
    case inconclusive
  }

  /// Which check it is.
  public var name: Name
  /// How it came out.
  public var status: Status
  /// One sentence for a person.
  public var message: String
  /// When it ran.
  public var timestamp: Date
  /// More, for a program: what was expected and what was found; nil where there is nothing to add.
  public var details: [String: String]?

  /// Makes a result.
  public init(name: Name, status: Status, message: String, timestamp: Date, details: [String: String]? = nil) {
    self.name = name
    self.status = status
    self.message = message
    self.timestamp = timestamp
    self.details = details
  }
}

extension VerificationCheck {
  /// The details in which an inconclusive check keeps what was known before it.
  private enum Known {
    static let status = "lastStatus"
    static let message = "lastMessage"
    static let timestamp = "lastTimestamp"
  }

  /// What it came to; for an inconclusive check, what it had come to before, if that is known.
  ///
  /// An outage must not mark a good provider as failed, nor make a failure forgotten.
  public var knownStatus: Status {
    guard status == .inconclusive else { return status }
    return details?[Known.status].flatMap(Status.init) ?? .inconclusive
  }

  /// The check itself or, if it was inconclusive, with what an earlier one had come to among its details.
  fileprivate func remembering(_ earlier: VerificationCheck) -> VerificationCheck {
    guard status == .inconclusive else { return self }
    var check = self
    let known =
      earlier.status == .inconclusive
      ? earlier.details?.filter { [Known.status, Known.message, Known.timestamp].contains($0.key) } ?? [:]
      : [
        Known.status: earlier.status.rawValue, Known.message: earlier.message,
        Known.timestamp: InternetDate.rfc3339(earlier.timestamp),
      ]
    check.details = (details ?? [:]).merging(known) { _, known in known }
    return check
  }
}

extension VerificationCheck: Codable {
  private enum CodingKeys: String, CodingKey {
    case checkName, status, message, timestamp, details
  }

  /// Reads a check from the form that ``encode(to:)`` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: Name(rawValue: try container.decode(String.self, forKey: .checkName)),
      status: try container.decode(Status.self, forKey: .status),
      message: try container.decode(String.self, forKey: .message),
      timestamp: try container.decodeDate(forKey: .timestamp),
      details: try container.decodeIfPresent([String: String].self, forKey: .details))
  }

  /// Writes the check with all its keys, `details` as null where there are none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name.rawValue, forKey: .checkName)
    try container.encode(status, forKey: .status)
    try container.encode(message, forKey: .message)
    try container.encode(InternetDate.rfc3339(timestamp), forKey: .timestamp)
    try container.encode(details, forKey: .details)
  }
}

extension KeyedDecodingContainer {
  /// Reads a date that `InternetDate.rfc3339` wrote.
  package func decodeDate(forKey key: Key) throws -> Date {
    guard let date = InternetDate.parse(try decode(String.self, forKey: key)) else {
      throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "Not a date of RFC 3339.")
    }
    return date
  }

  /// Reads a date that `InternetDate.rfc3339` wrote, or nil where it is missing or null.
  package func decodeDateIfPresent(forKey key: Key) throws -> Date? {
    try contains(key) && !decodeNil(forKey: key) ? decodeDate(forKey: key) : nil
  }
}
