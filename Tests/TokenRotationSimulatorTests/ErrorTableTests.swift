import HTTPTypes
import Testing
import TokenRotationCore
import TokenRotationSimulator

/// One row of Twilio's errors: how it comes about, and what it looks like.
struct ErrorRow: CustomTestStringConvertible, Sendable {
  var name: String
  var status: Int
  var code: Int
  var provoke: @Sendable () throws -> Reply

  var testDescription: String { "\(name): \(status)/\(code)" }

  init(_ name: String, _ status: Int, _ code: Int, _ provoke: @escaping @Sendable () throws -> Reply) {
    (self.name, self.status, self.code, self.provoke) = (name, status, code, provoke)
  }

  static let all: [ErrorRow] =
    [
      ErrorRow("wrong token", 401, 20003) {
        let bench = try Bench()
        return try bench.ask(.fetchAccount, with: bench.wrong)
      },
      ErrorRow("no credentials", 401, 20003) {
        try Bench().send(.post, "accounts.twilio.com", "/v1/AuthTokens/Secondary", nil)
      },
      ErrorRow("user name that is no SID", 401, 20003) {
        let bench = try Bench()
        let credentials = BasicCredentials(username: "SK1", password: bench.primary)
        return try bench.send(.post, "accounts.twilio.com", "/v1/AuthTokens/Secondary", credentials)
      },
      ErrorRow("account of nobody's", 401, 20003) {
        try Bench().ask(.fetchAccount, about: Bench.sid("9"))
      },
      ErrorRow("subaccount asking for its parent", 401, 20003) {
        let bench = try Bench()
        let (sub, token) = (try Bench.sid("2"), try Bench.token("b"))
        bench.twilio.add(SimulatedAccount(sid: sub, primary: token, owner: bench.sid))
        return try bench.ask(.fetchAccount, with: token, as: sub)
      },
      refusal("test credentials", 403, 20008, .testCredentials),
      refusal("not active", 403, 20005, .accountNotActive),
      refusal("not active, the older code", 403, 10001, .accountInactive),
      refusal("insufficient privileges", 403, 20006, .insufficientPrivileges),
      refusal("forbidden", 403, 20403, .forbidden),
      refusal("public-key client validation only", 403, 70052, .publicKeyValidationRequired),
      ErrorRow("too many failed attempts", 403, 70005) {
        var settings = TwilioSimulator.Settings()
        settings.failureThreshold = .init(attempts: 2, lockout: .seconds(60))
        let bench = try Bench(settings: settings)
        for _ in 1...2 { _ = try bench.ask(.fetchAccount, with: bench.wrong) }
        return try bench.ask(.fetchAccount)
      },
      ErrorRow("too many requests", 429, 20429) {
        var settings = TwilioSimulator.Settings()
        settings.rateLimit = .init(requests: 1, per: .seconds(10))
        let bench = try Bench(settings: settings)
        _ = try bench.ask(.fetchAccount)
        return try bench.ask(.fetchAccount)
      },
      ErrorRow("server error", 500, 20500) {
        let bench = try Bench()
        bench.twilio.answerNext(with: .serverError)
        return try bench.ask(.fetchAccount)
      },
      ErrorRow("unavailable", 503, 20503) {
        let bench = try Bench()
        bench.twilio.answerNext(with: .unavailable)
        return try bench.ask(.fetchAccount)
      },
      ErrorRow("create with a secondary there", 400, 70002) {
        let bench = try Bench()
        _ = try bench.createSecondary()
        return try bench.ask(.createSecondary)
      },
      ErrorRow("delete without a secondary", 404, 20404) { try Bench().ask(.deleteSecondary) },
      ErrorRow("promote without a secondary", 404, 20404) { try Bench().ask(.promoteSecondary) },
      ErrorRow("create without the API", 404, 20404) {
        try Bench { $0.hasAuthTokensAPI = false }.ask(.createSecondary)
      },
      ErrorRow("unknown path", 404, 20404) {
        try Bench().send(.get, "api.twilio.com", "/2010-04-01/Calls.json", nil)
      },
      ErrorRow("path of another service", 404, 20404) {
        try Bench().ask(.createSecondary, host: "api.twilio.com")
      },
      ErrorRow("host of somebody else's", 404, 20404) {
        try Bench().ask(.createSecondary, host: "accounts.twilio.com.example.com")
      },
      ErrorRow("region without an edge", 404, 20404) {
        try Bench().ask(.createSecondary, host: "accounts.ie1.twilio.com")
      },
      ErrorRow("known path, other method", 405, 20004) {
        try Bench().send(.get, "accounts.twilio.com", "/v1/AuthTokens/Secondary", nil)
      },
    ]
    + promotionRows

  private static func refusal(_ name: String, _ status: Int, _ code: Int, _ error: SimulatedError) -> ErrorRow {
    ErrorRow(name, status, code) { try Bench { $0.refusal = error }.ask(.fetchAccount) }
  }

  private static let promotionRows = [
    ErrorRow("promote with the secondary where only the primary may", 403, 20006) {
      let bench = try Bench()
      bench.twilio.configure { $0.promotionCaller = .primaryOnly }
      return try bench.ask(.promoteSecondary, with: bench.createSecondary())
    },
    ErrorRow("promote with the primary where only the secondary may", 403, 20006) {
      let bench = try Bench()
      bench.twilio.configure { $0.promotionCaller = .secondaryOnly }
      _ = try bench.createSecondary()
      return try bench.ask(.promoteSecondary)
    },
  ]
}

@Suite("Every error of Twilio's can be provoked")
struct ErrorTableTests {
  @Test("status, code and the classic shape", arguments: ErrorRow.all)
  func row(_ row: ErrorRow) throws {
    let reply = try row.provoke()
    #expect(reply.status == row.status)
    #expect(reply.code == row.code)
    #expect(Set(reply.json.keys) == ["code", "message", "more_info", "status"])
    #expect(reply.json["status"] as? Int == row.status)
    #expect(reply.json["more_info"] as? String == "https://www.twilio.com/docs/errors/\(row.code)")
    #expect(reply.headers[.contentType] == "application/json")
    #expect((reply.headers[.wwwAuthenticate] != nil) == (row.status == 401))
    #expect((reply.headers[.retryAfter] != nil) == (row.status == 429))
  }

  @Test("the problem document")
  func problemDocument() throws {
    let bench = try Bench()
    bench.twilio.configure { $0.errorShape = .problemDocument }
    let reply = try bench.ask(.fetchAccount, with: bench.wrong)
    #expect(reply.headers[.contentType] == "application/problem+json")
    #expect(Set(reply.json.keys) == ["type", "title", "status", "detail", "code"])
    #expect(reply.code == 20003)
    for name in ["type", "title", "detail"] { #expect((reply.json[name] as? String)?.isEmpty == false) }
  }

  @Test("an error without a code")
  func noCode() throws {
    let bench = try Bench()
    bench.twilio.answerNext(with: SimulatedError(status: 502, code: nil, message: "Bad \"Gateway\"\n"))
    let reply = try bench.ask(.fetchAccount)
    #expect(reply.status == 502)
    #expect(Set(reply.json.keys) == ["message", "status"])
    #expect(reply.json["message"] as? String == "Bad \"Gateway\"\n")
  }

  @Test("a planned error hits its endpoint, as often as planned, before or after the deed")
  func planned() throws {
    let bench = try Bench()
    bench.twilio.answerNext(2, to: .createSecondary, with: .unavailable)
    bench.twilio.answerNext(to: .createSecondary, with: .serverError, afterwards: true)
    #expect(try bench.ask(.fetchAccount).status == 200)
    #expect(try bench.ask(.createSecondary).status == 503)
    #expect(try bench.ask(.createSecondary).status == 503)
    #expect(try bench.account().mutations.created == 0)
    #expect(try bench.ask(.createSecondary).status == 500)
    #expect(try bench.account().mutations.created == 1)
    #expect(try bench.ask(.createSecondary).code == 70002)
  }

  @Test("a rate limit says when it ends, and ends then")
  func rateLimit() throws {
    let bench = try Bench()
    bench.twilio.configure { $0.rateLimit = .init(requests: 2, per: .seconds(10)) }
    _ = try bench.ask(.fetchAccount)
    bench.time.advance(by: .milliseconds(2500))
    #expect(try bench.ask(.fetchAccount).status == 200)
    #expect(try bench.ask(.createSecondary).headers[.retryAfter] == "8")
    #expect(try bench.account().mutations.created == 0)
    bench.time.advance(by: .seconds(8))
    #expect(try bench.ask(.createSecondary).status == 201)
  }

  @Test("a lockout ends, and a success before it resets the count")
  func lockout() throws {
    let bench = try Bench()
    bench.twilio.configure { $0.failureThreshold = .init(attempts: 2, lockout: .seconds(60)) }
    for _ in 1...3 {
      #expect(try bench.ask(.fetchAccount, with: bench.wrong).code == 20003)
      #expect(try bench.ask(.fetchAccount).status == 200)
    }
    for _ in 1...2 { #expect(try bench.ask(.fetchAccount, with: bench.wrong).code == 20003) }
    #expect(try bench.ask(.fetchAccount).code == 70005)
    bench.time.advance(by: .seconds(60))
    #expect(try bench.ask(.fetchAccount).status == 200)
  }
}
