import Foundation
import HTTPTypes
import Testing
import TokenRotationTesting

@testable import TokenRotationCore

@Suite("What Twilio's answers mean: by call, status and code")
struct TwilioAnswerTests {
  /// One answer to one call, and what has to become of it.
  struct Row: CustomTestStringConvertible, Sendable {
    let call: TwilioCall
    let status: Int
    let body: String
    let code: TokenRotationError.Code
    let outcome: TokenRotationError.Outcome
    var testDescription: String { "\(call.name): \(status) \(body)" }

    init(
      _ call: TwilioCall, _ status: Int, _ twilioCode: Int, _ code: TokenRotationError.Code,
      _ outcome: TokenRotationError.Outcome = .notApplied
    ) {
      self.init(
        call, status, #"{"code":\#(twilioCode),"message":"m","more_info":"i","status":\#(status)}"#, code, outcome)
    }

    init(
      _ call: TwilioCall, _ status: Int, _ body: String, _ code: TokenRotationError.Code,
      _ outcome: TokenRotationError.Outcome = .notApplied
    ) {
      (self.call, self.status, self.body, self.code, self.outcome) = (call, status, body, code, outcome)
    }
  }

  static let problem = #"{"type":"https://x","title":"t","status":401,"detail":"d","code":20003}"#
  static let withoutCode = #"{"message":"m","status":401}"#
  static let page = "<html><body>Bad gateway</body></html>"

  static let rows: [Row] =
    TwilioCall.examples.flatMap { call in
      [
        Row(call, 401, 20003, .tokenRefused),
        Row(call, 401, problem, .tokenRefused),
        Row(call, 401, withoutCode, .tokenRefused),
        Row(call, 403, 20008, .testCredentials),
        Row(call, 401, 20005, .accountNotActive),
        Row(call, 403, 10001, .accountNotActive),
        Row(call, 403, 20403, .accountNotActive),
        Row(call, 403, 20006, .insufficientPrivileges),
        Row(call, 403, 70052, .basicAuthenticationDisabled),
        Row(call, 403, 70005, .failureThresholdExceeded),
        Row(call, 429, 20429, .twilioRateLimited),
        Row(call, 429, page, .twilioRateLimited),
        Row(call, 418, 1, .twilioRefused),
        Row(call, 500, 20500, .twilioUnavailable, call.isMutation ? .unknown : .notApplied),
        Row(call, 503, 20503, .twilioUnavailable, call.isMutation ? .unknown : .notApplied),
        Row(call, 502, page, .twilioUnavailable, call.isMutation ? .unknown : .notApplied),
        Row(call, 401, page, .twilioAnswerMalformed, call.isMutation ? .unknown : .notApplied),
        Row(call, 404, page, .twilioAnswerMalformed, call.isMutation ? .unknown : .notApplied),
        Row(call, 408, 1, .twilioAnswerMalformed, call.isMutation ? .unknown : .notApplied),
        Row(call, 301, "", .twilioAnswerMalformed, call.isMutation ? .unknown : .notApplied),
      ]
    } + [
      Row(.fetchAccount, 200, page, .twilioAnswerMalformed),
      Row(.fetchAccount, 200, "[]", .twilioAnswerMalformed),
      Row(.fetchAccount, 404, 20404, .twilioRefused),
      Row(.fetchAccount, 400, 70002, .twilioRefused),
      Row(.fetchTrunk(.example), 404, 20404, .trunkNotFound),
      Row(.listTrunkPhoneNumbers(.example, page: nil), 404, 20404, .trunkNotFound),
      Row(.fetchTrunk(.example), 200, #"{"sid":null}"#, .twilioAnswerMalformed),
      Row(.listPhoneNumbers(page: nil), 200, "{}", .twilioAnswerMalformed),
      Row(.createSecondary, 400, 70002, .secondaryExists),
      Row(.createSecondary, 404, 20404, .authTokensNotEnabled),
      Row(.deleteSecondary, 404, 20404, .secondaryNotFound),
      Row(.deleteSecondary, 400, 70002, .twilioRefused),
      Row(.promoteSecondary, 404, 20404, .secondaryNotFound),
      Row(.promoteSecondary, 400, 70002, .twilioRefused),
    ]

  @Test(arguments: rows)
  func meaning(of row: Row) async throws {
    let transport = ScriptedTransport { _ in
      .json(row.status, row.body, fields: [try #require(.init("Twilio-Request-Id")): "RQ1"])
    }
    let error = await #expect(throws: TokenRotationError.self) { try await row.call.perform(through: transport) }
    #expect(error?.code == row.code)
    #expect(error?.outcome == row.outcome)
    #expect(error?.answer?.status == row.status)
    #expect(error?.answer?.requestID == "RQ1")
    #expect(error?.message.isEmpty == false)
  }

  @Test(arguments: TwilioCall.examples)
  func whatGoesOut(call: TwilioCall) async throws {
    let transport = ScriptedTransport { _ in
      .json(200, #"{"sid":"\#(TrunkSID.example)","phone_numbers":[],"incoming_phone_numbers":[]}"#)
    }
    try await call.perform(through: transport)
    let request = try #require(transport.requests.first)
    #expect(request.head.method == call.method)
    #expect(request.head.scheme == "https")
    #expect(request.head.authority == "\(call.product.subdomain).twilio.com")
    #expect(request.head.path == call.path(try .example()) + (call.query.map { "?\($0)" } ?? ""))
    #expect(request.head.path?.contains("//") == false)
    #expect(request.head.headerFields[.authorization] == nil, "credentials stay apart from what may be logged")
    #expect(
      request.credentials == BasicCredentials(username: try AccountSID.example().description, password: try .example()))
    #expect(request.mayBeSentAgain == (request.head.method == .get))
    #expect(request.body.isEmpty)
  }

  @Test(
    arguments: [
      (#"{"secondary_auth_token":"f00dfacef00dfacef00dfacef00dface0","date_created":"2015-07-31T04:00:00Z"}"#, 33),
      (#"{"secondary_auth_token":"x","date_created":null,"date_updated":7,"url":[],"account_sid":null}"#, 1),
      (#"{"auth_token":"short"}"#, 5),
      (#"{"secondary_auth_token":""}"#, nil), (#"{"secondary_auth_token":null}"#, nil), ("{}", nil),
      ("<html>", nil), ("", nil),
    ] as [(String, Int?)])
  func issuedTokens(body: String, length: Int?) async throws {
    let transport = ScriptedTransport([.answer(.json(201, body))])
    let issued = try await TwilioClient.example(transport).createSecondary(as: .example())
    #expect(issued.token?.count == length)
  }
}

extension TwilioCall {
  fileprivate static let examples: [TwilioCall] = [
    .fetchAccount, .createSecondary, .deleteSecondary, .promoteSecondary, .fetchTrunk(.example),
    .listTrunkPhoneNumbers(.example, page: nil), .listPhoneNumbers(page: nil),
  ]

  fileprivate func perform(through transport: ScriptedTransport) async throws {
    let client = TwilioClient.example(transport, retryPolicy: .never)
    switch self {
    case .fetchAccount: _ = try await client.fetchAccount(as: .example())
    case .createSecondary: _ = try await client.createSecondary(as: .example())
    case .deleteSecondary: try await client.deleteSecondary(as: .example())
    case .promoteSecondary: _ = try await client.promoteSecondary(as: .example())
    case .fetchTrunk(let trunk): _ = try await client.fetchTrunk(trunk, as: .example())
    case .listTrunkPhoneNumbers(let trunk, _): _ = try await client.phoneNumbers(of: trunk, as: .example())
    case .listPhoneNumbers: _ = try await client.phoneNumbers(as: .example())
    }
  }
}

extension TrunkSID {
  // swift-format-ignore: NeverUseForceTry
  fileprivate static let example = try! TrunkSID("TK" + String(repeating: "0f", count: 16))
}

extension AccountSID {
  static func example() throws -> AccountSID { try AccountSID("AC" + String(repeating: "a1", count: 16)) }
}

extension AuthToken {
  static func example(_ character: Character = "a") throws -> AuthToken {
    try AuthToken(parsing: String(repeating: character, count: 32))
  }
}

extension TwilioClient {
  static func example(
    _ transport: any HTTPTransport, retryPolicy: RetryPolicy = .never, timeSource: any TimeSource = VirtualTime()
  ) -> TwilioClient {
    TwilioClient(
      transport: transport,
      configuration: TokenRotationConfiguration(retryPolicy: retryPolicy, timeSource: timeSource))
  }
}

extension TwilioClient.Caller {
  static func example() throws -> TwilioClient.Caller {
    TwilioClient.Caller(accountSID: try .example(), region: .us1, token: try .example())
  }
}
