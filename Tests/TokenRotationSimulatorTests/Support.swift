import Foundation
import HTTPTypes
import Synchronization
import Testing
import TokenRotationCore
import TokenRotationSimulator

/// Time that stands still until it is moved.
final class StandingTime: TimeSource {
  private let elapsed = Mutex(Duration.zero)

  var uptime: Duration { elapsed.withLock { $0 } }
  /// 2015-07-30T20:00:00Z, a Thursday, and on.
  var date: Date { Date(timeIntervalSince1970: 1_438_286_400 + Double(uptime.components.seconds)) }

  func sleep(for duration: Duration) async throws { advance(by: duration) }
  func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }
}

/// A simulator with one account, and short words for asking it.
struct Bench {
  typealias Endpoint = TwilioSimulator.Endpoint

  let sid: AccountSID
  let primary: AuthToken
  let wrong: AuthToken
  let time = StandingTime()
  let twilio: TwilioSimulator

  init(
    seed: UInt64 = 1,
    settings: TwilioSimulator.Settings = .init(),
    change: (inout SimulatedAccount) -> Void = { _ in }
  ) throws {
    sid = try Self.sid("1")
    primary = try Self.token("a")
    wrong = try Self.token("0")
    var account = SimulatedAccount(sid: sid, primary: primary)
    change(&account)
    twilio = TwilioSimulator(
      accounts: [account], settings: settings, time: time, generator: SeededRandomNumberGenerator(seed: seed))
  }

  static func sid(_ digit: Character) throws -> AccountSID {
    try AccountSID("AC" + String(repeating: digit, count: 32))
  }

  static func token(_ digit: Character) throws -> AuthToken {
    try AuthToken(parsing: String(repeating: digit, count: 32))
  }

  /// Asks an endpoint; with the account's own primary and at Twilio's own host unless told otherwise.
  func ask(
    _ endpoint: Endpoint,
    with token: AuthToken? = nil,
    as caller: AccountSID? = nil,
    about target: AccountSID? = nil,
    host: String? = nil,
    at node: NodeLag? = nil
  ) throws -> Reply {
    let (method, ownHost, path) = Self.target(of: endpoint, about: target ?? sid)
    let credentials = BasicCredentials(username: (caller ?? sid).description, password: token ?? primary)
    return try send(method, host ?? ownHost, path, credentials, at: node)
  }

  /// The trunk that requests for one are about.
  static let trunk = "TK" + String(repeating: "0f", count: 16)

  /// Method, host and path of an endpoint at Twilio.
  static func target(
    of endpoint: Endpoint, about target: AccountSID
  ) -> (method: HTTPRequest.Method, host: String, path: String) {
    switch endpoint {
    case .fetchAccount: (.get, "api.twilio.com", "/2010-04-01/Accounts/\(target).json")
    case .createSecondary: (.post, "accounts.twilio.com", "/v1/AuthTokens/Secondary")
    case .deleteSecondary: (.delete, "accounts.twilio.com", "/v1/AuthTokens/Secondary")
    case .promoteSecondary: (.post, "accounts.twilio.com", "/v1/AuthTokens/Promote")
    case .fetchTrunk: (.get, "trunking.twilio.com", "/v1/Trunks/\(trunk)")
    case .listTrunkPhoneNumbers: (.get, "trunking.twilio.com", "/v1/Trunks/\(trunk)/PhoneNumbers")
    case .listPhoneNumbers: (.get, "api.twilio.com", "/2010-04-01/Accounts/\(target)/IncomingPhoneNumbers.json")
    }
  }

  func send(
    _ method: HTTPRequest.Method, _ host: String, _ path: String, _ credentials: BasicCredentials?,
    at node: NodeLag? = nil
  ) throws -> Reply {
    let request = TransportRequest(
      head: HTTPRequest(method: method, scheme: "https", authority: host, path: path),
      credentials: credentials, deadline: .seconds(30), mayBeSentAgain: false)
    return try Reply(twilio.perform(request, at: node))
  }

  /// Creates a secondary and gives it as the answer told it.
  func createSecondary() throws -> AuthToken {
    let token = try ask(.createSecondary).token("secondary_auth_token")
    return try #require(token)
  }

  /// The account as it really is.
  func account() throws -> SimulatedAccount { try #require(twilio.account(sid)) }
}

/// An answer, taken apart.
struct Reply {
  let status: Int
  let headers: HTTPFields
  let bytes: [UInt8]
  let json: [String: any Sendable]

  init(_ response: TransportResponse) throws {
    status = response.head.status.code
    headers = response.head.headerFields
    bytes = response.body
    json =
      bytes.isEmpty
      ? [:] : try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: any Sendable])
  }

  var code: Int? { json["code"] as? Int }

  func header(_ name: String) throws -> String? { headers[try #require(HTTPField.Name(name))] }

  func token(_ field: String) throws -> AuthToken? {
    try (json[field] as? String).map { try AuthToken(issued: $0.utf8) }
  }
}
