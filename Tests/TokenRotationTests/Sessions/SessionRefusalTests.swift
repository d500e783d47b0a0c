import HTTPTypes
import MetricsTestKit
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("What a session does when Twilio refuses every token")
struct SessionRefusalTests {
  static let account = SessionTests.account
  static let elsewhere = HTTPRequest(
    method: .get, scheme: nil, authority: nil, path: "/2010-04-01/Accounts/AC00000000000000000000000000000000.json")

  @Test func callsFailAtOnceUntilTheRecordHoldsAnotherToken() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let session = bench.providers.session(for: id)
    let token = try bench.rotateInConsole()
    let before = bench.twilio.requestCount(of: .fetchAccount)
    await expect(.tokensRefused) { try await session.send(Self.account) }
    #expect(bench.twilio.requestCount(of: .fetchAccount) == before + 2, "the call, and the question about the account")
    for _ in 0..<100 { await expect(.tokensRefused) { try await session.send(Self.account) } }
    await expect(.tokensRefused) { try await bench.providers.withAuthToken(of: id) { _ in } }
    #expect(bench.twilio.requestCount(of: .fetchAccount) == before + 2)
    // Webhooks are not concerned.
    #expect(try await bench.providers.webhookTokens(of: id) == [bench.firstToken])
    try await bench.providers.updateAuthToken(of: id, to: token)
    #expect(try await session.send(Self.account).head.status == .ok)
  }

  @Test func afterAWhileOneCallTriesAgain() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let session = bench.providers.session(for: id)
    let first = bench.firstToken
    _ = try bench.rotateInConsole()
    await expect(.tokensRefused) { try await session.send(Self.account) }
    bench.time.advance(by: .seconds(60))
    let before = bench.twilio.requestCount(of: .fetchAccount)
    for _ in 0..<10 { await expect(.tokensRefused) { try await session.send(Self.account) } }
    #expect(bench.twilio.requestCount(of: .fetchAccount) == before + 2)
    bench.twilio.changeAccount(try bench.accountSID) { $0.primary = first }
    await expect(.tokensRefused) { try await session.send(Self.account) }
    bench.time.advance(by: .seconds(60))
    for _ in 0..<3 { #expect(try await session.send(Self.account).head.status == .ok) }
  }

  @Test func itIsReportedOnce() async throws {
    let metrics = TestMetrics()
    let bench = try Bench(configure: { $0.metricsFactory = metrics })
    let id = try await bench.register().id
    _ = try bench.rotateInConsole()
    for _ in 0..<5 {
      for _ in 0..<3 { await expect(.tokensRefused) { try await bench.providers.session(for: id).send(Self.account) } }
      bench.time.advance(by: .seconds(60))
    }
    let reports = metrics.counters.filter { $0.label == "token_rotation_refusals_total" }
    #expect(reports.map(\.totalValue) == [1])
  }

  @Test func manyCallsAtOnceAskOnce() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let session = bench.providers.session(for: id)
    _ = try await session.send(Self.account)
    _ = try bench.rotateInConsole()
    let before = bench.twilio.requestCount(of: .fetchAccount)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 { group.addTask { await expect(.tokensRefused) { try await session.send(Self.account) } } }
    }
    #expect(bench.twilio.requestCount(of: .fetchAccount) <= before + 51)
  }

  @Test func aTargetThatIsRefusedKeepsNobodyFromWorking() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let session = bench.providers.session(for: id)
    let before = bench.twilio.requestCount(of: .fetchAccount)
    #expect(try await session.send(Self.elsewhere).head.status == .unauthorized)
    #expect(bench.twilio.requestCount(of: .fetchAccount) == before + 2)
    for _ in 0..<10 { #expect(try await session.send(Self.elsewhere).head.status == .unauthorized) }
    #expect(bench.twilio.requestCount(of: .fetchAccount) == before + 12, "it is not asked about each time")
    #expect(try await session.send(Self.account).head.status == .ok)
  }

  @Test func refusalsOfNodesThatAreBehindAreWaitedOut() async throws {
    // Each node refuses what the other accepts: one knows the old token only, the other the new one only.
    let bench = try Bench(configure: { $0.retryPolicy = RetryPolicy(attempts: 8) })
    let id = try await bench.register().id
    let session = bench.providers.session(for: id)
    _ = try await session.send(Self.account)
    try await bench.providers.rotateAuthToken(of: id)
    bench.twilio.configure { $0.nodes = [.init(.seconds(50)), .none, .init(.seconds(50))] }
    for _ in 0..<20 { #expect(try await session.send(Self.account).head.status == .ok) }
  }

  @Test func theDeadlineIsForAllAttemptsTogether() async throws {
    let time = VirtualTime()
    let transport = ScriptedTransport { request in
      time.advance(by: .seconds(10))
      return .json(401, #"{"code":20003}"#)
    }
    let bench = try Bench(time: time, wrapTransport: { _ in transport }, validator: AcceptsEverything())
    let id = try await bench.register().id
    try await bench.plant(.minted, of: id)
    let error = await #expect(throws: TransportError.self) {
      try await bench.providers.session(for: id).send(
        TransportRequest(head: Self.account, deadline: .seconds(10), mayBeSentAgain: true))
    }
    #expect(error?.reason == .timedOut && error?.delivery == .notSent)
    #expect(transport.requests.count == 1)
  }

  @Test func whatTheTransportThrowsIsThrown() async throws {
    let bench = try Bench(
      wrapTransport: { _ in ScriptedTransport { _ in throw TransportError(.connectionLost, delivery: .maybeSent) } },
      validator: AcceptsEverything())
    let id = try await bench.register().id
    await #expect(throws: TransportError.self) { try await bench.providers.session(for: id).send(Self.account) }
  }

  // MARK: Tokens that are lent

  @Test func aLentTokenIsFollowedByTheNextOne() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    try await bench.plant(.minted, of: id)
    let candidate = try #require(bench.plantedCandidate)
    let given = try await bench.providers.withAuthToken(of: id) { token in
      let next = try await bench.providers.report(rejected: token)
      #expect(token.accountSID == (try bench.accountSID) && token.providerID == id && token.region == .us1)
      return [token, next].map { lent in lent.withUnsafeBytes { Array($0) } }
    }
    #expect(given == [bench.firstToken, candidate].map { token in token.withUnsafeBytes { Array($0) } })
  }

  @Test func theLastReportEndsTheCall() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    await expect(.twilioRefused) {
      try await bench.providers.withAuthToken(of: id) { try await bench.providers.report(rejected: $0) }
    }
    bench.time.advance(by: .seconds(60))
    _ = try bench.rotateInConsole()
    await expect(.tokensRefused) {
      try await bench.providers.withAuthToken(of: id) { try await bench.providers.report(rejected: $0) }
    }
    await expect(.providerNotFound) { try await bench.providers.withAuthToken(of: ProviderID()) { _ in } }
  }

  // MARK: Bad input

  static let forbidden = [
    HTTPRequest(method: .get, scheme: "https", authority: "evil.example", path: "/"),
    HTTPRequest(method: .get, scheme: "http", authority: "api.twilio.com", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "api.twilio.com.evil.example", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "eviltwilio.com", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "user@api.twilio.com", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "api.twilio.com@evil.example", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "api.twilio.com:8443", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "api.twilio.com.", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "evil.example/.twilio.com", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "evil.example\\.twilio.com", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "api.dublin.ie1.twilio.com", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "twilio.com", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "", path: "/"),
    HTTPRequest(method: .get, scheme: "ftp", authority: "api.twilio.com", path: "/"),
    HTTPRequest(method: .get, scheme: "https", authority: "127.0.0.1:80", path: "/"),
  ]

  @Test(arguments: forbidden)
  func aTokenGoesToTwilioOnly(head: HTTPRequest) async throws {
    let sent = Recorder()
    let bench = try Bench(wrapTransport: { sent.recording($0) })
    let id = try await bench.register().id
    sent.forget()
    await expect(.hostNotAllowed) { try await bench.providers.session(for: id).send(head) }
    #expect(sent.requests.isEmpty)
  }

  @Test(arguments: [
    (TwilioRegion.us1, "lookups.twilio.com"), (.us1, "api.ashburn.us1.twilio.com"), (.us1, "api.dublin.us1.twilio.com"),
    (.ie1, "api.dublin.ie1.twilio.com"), (.ie1, "video.singapore.ie1.twilio.com:443"),
  ])
  func everyHostOfTheRegionIsTwilios(region: TwilioRegion, host: String) async throws {
    let transport = ScriptedTransport { _ in .json(302, "", fields: [.location: "https://evil.example/"]) }
    let bench = try Bench(wrapTransport: { _ in transport }, validator: AcceptsEverything())
    let id = try await bench.providers.register(
      accountSID: bench.accountSID, authToken: bench.firstToken, name: "n", region: region
    ).id
    let response = try await bench.providers.session(for: id).send(
      HTTPRequest(method: .get, scheme: "https", authority: host, path: "/"))
    #expect(response.head.status == .found && transport.requests.count == 1, "a redirect is an answer")
    #expect(transport.requests.allSatisfy { $0.credentials?.password == bench.firstToken })
  }

  @Test func credentialsOfTheCallersAreRefused() async throws {
    let sent = Recorder()
    let bench = try Bench(wrapTransport: { sent.recording($0) })
    let id = try await bench.register().id
    sent.forget()
    let session = bench.providers.session(for: id)
    var head = Self.account
    head.headerFields[.authorization] = "Basic eDp5"
    await expect(.credentialsNotAllowed) { try await session.send(head) }
    await expect(.credentialsNotAllowed) {
      try await session.send(
        TransportRequest(
          head: Self.account, credentials: BasicCredentials(username: "AC", password: .random()), deadline: .seconds(1),
          mayBeSentAgain: true))
    }
    #expect(sent.requests.isEmpty)
    await expect(.configurationInvalid) { try session.allowing("http://mine.twil.io") }
    await expect(.configurationInvalid) { try session.allowing("https://mine.twil.io/path") }
    await expect(.providerNotFound) { try await bench.providers.session(for: ProviderID()).send(Self.account) }
  }
}
