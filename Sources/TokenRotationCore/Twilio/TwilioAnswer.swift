import HTTPTypes

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What Twilio answered to one request, read as far as every answer can be.
struct TwilioAnswer {
  let status: Int
  let requestID: String?
  let body: [UInt8]
  let retryAfter: Duration?

  init(_ response: TransportResponse, now: Date) {
    status = response.head.status.code
    requestID = response.head.headerFields[.twilioRequestID]
    body = response.body
    retryAfter = response.head.headerFields[.retryAfter].flatMap { Self.pause($0, now: now) }
  }

  var isSuccess: Bool { (200..<300).contains(status) }

  /// Reads the body as an object of the given form; nil if it is none.
  func decode<Body: Decodable>(_ type: Body.Type) -> Body? {
    try? JSONDecoder().decode(type, from: Data(body))
  }

  /// What it says in place of a success.
  func refusal() -> TwilioRefusal {
    TwilioRefusal(status: status, code: decode(ErrorBody.self)?.code, requestID: requestID)
  }

  /// Whether the body is an error of Twilio's own rather than, say, a proxy's page.
  func isFromTwilio() -> Bool { decode(ErrorBody.self)?.isError ?? false }

  /// Reads `Retry-After`: a number of seconds, or a date.
  private static func pause(_ text: String, now: Date) -> Duration? {
    if let seconds = Int(text), seconds >= 0 { return .seconds(min(seconds, 86_400)) }
    return InternetDate.parse(text).map { .seconds(max(0, $0.timeIntervalSince(now))) }
  }

  /// An error in either of the two forms that Twilio uses: its own, and RFC 9457.
  private struct ErrorBody: Decodable {
    let code: Int?
    let isError: Bool

    private enum CodingKeys: String, CodingKey {
      case code, message, title, status
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      code = container.lenient(Int.self, .code)
      isError = code != nil || container.contains(.message) || container.contains(.title)
    }
  }
}

/// An account, as `GET /2010-04-01/Accounts/{Sid}.json` gives it.
struct TwilioAccount: Decodable {
  let sid: String?
  let status: String?
  let authToken: AuthToken?
  let friendlyName: String?
  let type: String?
  let ownerAccountSID: String?

  private enum CodingKeys: String, CodingKey {
    case sid, status, type
    case authToken = "auth_token"
    case friendlyName = "friendly_name"
    case ownerAccountSID = "owner_account_sid"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    sid = container.lenient(String.self, .sid)
    status = container.lenient(String.self, .status)
    authToken = container.token(.authToken)
    friendlyName = container.lenient(String.self, .friendlyName)
    type = container.lenient(String.self, .type)
    ownerAccountSID = container.lenient(String.self, .ownerAccountSID)
  }
}

extension TwilioAccount {
  /// Reads an account as Twilio writes it; nil for anything unusual, which may yet be an account.
  init?(plain body: [UInt8]) {
    let keys: [StaticString] = ["sid", "status", "auth_token", "friendly_name", "type", "owner_account_sid"]
    guard let texts = PlainJSON.texts(of: keys, in: body) else { return nil }
    func string(_ index: Int) -> String? { texts[index].map { String(decoding: body[$0], as: UTF8.self) } }
    sid = string(0)
    status = string(1)
    authToken = texts[2].flatMap { try? AuthToken(issued: body[$0]) }
    friendlyName = string(3)
    type = string(4)
    ownerAccountSID = string(5)
  }
}

/// An Auth Token, as creating and promoting give it.
struct TwilioIssuedToken: Decodable {
  let token: AuthToken?
  let dateCreated: Date?
  let dateUpdated: Date?
  let url: String?

  /// What an answer says that reports success and cannot be read.
  static let unreadable = TwilioIssuedToken()

  private init() {
    token = nil
    dateCreated = nil
    dateUpdated = nil
    url = nil
  }

  private enum CodingKeys: String, CodingKey {
    case url
    case authToken = "auth_token"
    case secondaryAuthToken = "secondary_auth_token"
    case dateCreated = "date_created"
    case dateUpdated = "date_updated"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    token = container.token(.secondaryAuthToken) ?? container.token(.authToken)
    dateCreated = container.lenient(String.self, .dateCreated).flatMap(InternetDate.parse)
    dateUpdated = container.lenient(String.self, .dateUpdated).flatMap(InternetDate.parse)
    url = container.lenient(String.self, .url)
  }
}

extension KeyedDecodingContainer {
  /// The value, or nil where it is missing, null or of another type.
  ///
  /// Every field of Twilio's may be null, and a token must not be lost because a field beside it looks odd.
  func lenient<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
    try? decodeIfPresent(type, forKey: key)
  }

  fileprivate func token(_ key: Key) -> AuthToken? {
    lenient(String.self, key).flatMap { try? AuthToken(issued: $0.utf8) }
  }
}

extension HTTPField.Name {
  fileprivate static let twilioRequestID = Self("Twilio-Request-Id")
}

extension HTTPFields {
  fileprivate subscript(name: HTTPField.Name?) -> String? { name.flatMap { self[$0] } }
}
