import Testing
import TokenRotationCore
import TokenRotationSimulator

/// Why a token is refused, in ways that Twilio does not tell apart.
enum Cause: CaseIterable, Sendable {
  case wrongToken, otherRegion, suspended, closed, previousToken, deletedSecondary, unknownAccount, noCredentials

  /// The answer, head included, of a simulator with the same seed, after as many requests.
  func reply(
    to endpoint: TwilioSimulator.Endpoint, errors shape: TwilioSimulator.Settings.ErrorShape
  ) throws -> Reply {
    var settings = TwilioSimulator.Settings()
    settings.errorShape = shape
    let bench = try Bench(settings: settings)
    let previous = try Bench.token("c")
    switch self {
    case .wrongToken: return try bench.ask(endpoint, with: bench.wrong)
    case .otherRegion:
      let product = Bench.target(of: endpoint, about: bench.sid).host.prefix { $0 != "." }
      return try bench.ask(endpoint, host: "\(product).dublin.ie1.twilio.com")
    case .suspended:
      bench.twilio.changeAccount(bench.sid) { $0.status = .suspended }
      return try bench.ask(endpoint)
    case .closed:
      bench.twilio.changeAccount(bench.sid) { $0.status = .closed }
      return try bench.ask(endpoint)
    case .previousToken:
      bench.twilio.changeAccount(bench.sid) { $0.primary = previous }
      return try bench.ask(endpoint)
    case .deletedSecondary:
      bench.twilio.changeAccount(bench.sid) { $0.secondary = previous }
      bench.twilio.changeAccount(bench.sid) { $0.secondary = nil }
      return try bench.ask(endpoint, with: previous)
    case .unknownAccount: return try bench.ask(endpoint, as: Bench.sid("9"), about: bench.sid)
    case .noCredentials:
      let (method, host, path) = Bench.target(of: endpoint, about: bench.sid)
      return try bench.send(method, host, path, nil)
    }
  }
}

@Suite("Nothing tells apart what Twilio does not")
struct AmbiguityTests {
  @Test(
    "a refused token gets the same bytes whatever the cause",
    arguments: Cause.allCases, TwilioSimulator.Endpoint.allCases)
  func refusedToken(cause: Cause, endpoint: TwilioSimulator.Endpoint) throws {
    for shape in TwilioSimulator.Settings.ErrorShape.allCases {
      let expected = try Cause.wrongToken.reply(to: endpoint, errors: shape)
      let reply = try cause.reply(to: endpoint, errors: shape)
      #expect(reply.status == 401)
      #expect(reply.code == 20003)
      #expect(reply.bytes == expected.bytes)
      #expect(reply.headers == expected.headers)
    }
  }

  @Test("an account without the API looks like one without a secondary", arguments: [false, true])
  func noAPI(promote: Bool) throws {
    let endpoint: TwilioSimulator.Endpoint = promote ? .promoteSecondary : .deleteSecondary
    let without = try Bench { $0.hasAuthTokensAPI = false }.ask(endpoint)
    let with = try Bench().ask(endpoint)
    #expect(without.bytes == with.bytes)
    #expect(without.headers == with.headers)
  }

  @Test("somebody else's account looks like one that does not exist")
  func foreignAccount() throws {
    let bench = try Bench()
    let unknown = try bench.ask(.fetchAccount, about: Bench.sid("9"))
    bench.twilio.add(SimulatedAccount(sid: try Bench.sid("9"), primary: bench.wrong))
    let foreign = try bench.ask(.fetchAccount, about: Bench.sid("9"))
    #expect(unknown.status == 401)
    #expect(unknown.bytes == foreign.bytes)
  }

  @Test("no description of the simulator or its accounts holds a token")
  func descriptions() throws {
    let bench = try Bench { $0.secondary = try? Bench.token("b") }
    var dumped = ""
    dump(bench.twilio, to: &dumped)
    dump(try bench.account(), to: &dumped)
    let texts = [
      "\(bench.twilio)", String(reflecting: bench.twilio), "\(try bench.account())",
      String(reflecting: try bench.account()), dumped,
    ]
    for text in texts {
      #expect(!text.contains("aaaaaaaa"))
      #expect(!text.contains("bbbbbbbb"))
    }
  }
}
