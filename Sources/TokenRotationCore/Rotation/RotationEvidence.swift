#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One question or call to Twilio during a rotation, and what came of it: what a decision was based on.
public struct RotationEvidence: Hashable, Sendable {
  /// What Twilio was asked about or asked to do, such as `candidate` or `promote`.
  public let subject: String
  /// What it answered, such as `rejected` or `unknown`.
  public let answer: String
  /// When the answer came.
  public let date: Date

  /// How many a record keeps.
  static let limit = 24

  package init(_ place: RotationToken, _ answer: ProbeAnswer, at date: Date) {
    let subject =
      switch place {
      case .current: "current"
      case .candidate: "candidate"
      case .givenUp: "givenUp"
      case .received: "received"
      }
    self.init(subject: subject, answer: answer.rawValue, date: date)
  }

  package init(_ call: RotationCall, _ answer: CallAnswer, at date: Date) {
    self.init(subject: call.rawValue, answer: answer.rawValue, date: date)
  }

  private init(subject: String, answer: String, date: Date) {
    self.subject = subject
    self.answer = answer
    self.date = InternetDate.rounded(date)
  }
}

extension RotationEvidence: Codable {
  private enum CodingKeys: String, CodingKey {
    case subject, answer
    case date = "at"
  }

  /// Reads what ``encode(to:)`` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    subject = try container.decode(String.self, forKey: .subject)
    answer = try container.decode(String.self, forKey: .answer)
    date = try container.decodeDate(forKey: .date)
  }

  /// Writes an object with a date of RFC 3339.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(subject, forKey: .subject)
    try container.encode(answer, forKey: .answer)
    try container.encode(InternetDate.rfc3339(date), forKey: .date)
  }
}

extension RotationEvidence: CustomStringConvertible {
  /// A sentence such as `2026-01-01T00:00:00.000Z: the candidate was refused`.
  public var description: String { "\(InternetDate.rfc3339(date)): \(question) \(reply)" }

  private var question: String {
    switch subject {
    case "current": "the token in use"
    case "candidate": "the candidate"
    case "givenUp": "a token given up before"
    case "received": "the token that was entered or that Twilio named"
    case "create": "the request to create a secondary"
    case "delete": "the request to delete the secondary"
    case "promote": "the request to promote the candidate"
    default: "\(subject):"
    }
  }

  private var reply: String {
    switch answer {
    case "primary": "was accepted, as the account's primary"
    case "secondary": "was accepted, as the account's secondary"
    case "accepted": "was accepted; Twilio did not say which of the two it is"
    case "rejected": "was refused (401)"
    case "inconclusive": "could not be asked about"
    case "done": "was done"
    case "doneUnseen": "was done, and the token was not in the answer"
    case "doneOther": "was done, and made another token the primary"
    case "secondaryExists": "was refused: there is a secondary already"
    case "noSecondary": "was refused: there is no secondary"
    case "unauthorized": "was refused (401)"
    case "tryLater": "was not done: Twilio asked for a pause, or was not reached"
    case "refused": "was refused"
    case "unknown": "got no answer; nobody knows whether it was done"
    default: "got the answer \(answer)"
    }
  }
}
