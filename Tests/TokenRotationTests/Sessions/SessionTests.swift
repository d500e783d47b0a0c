import HTTPTypes
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("A session works, whatever becomes of the token")
struct SessionTests {
  static let account = HTTPRequest(
    method: .get, scheme: nil, authority: nil, path: "/2010-04-01/Accounts/{AccountSid}.json")

  @Test(arguments: Depth.allCases)
  func everyCallSucceedsWhileTheTokenIsRotated(depth: Depth) async throws {
    try await depth.withBench { bench in
      let id = try await bench.register().id
      let session = bench.providers.session(for: id)
      let isOver = Switch()
      let calls = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask {
            var calls = 0
            while !isOver.isOn || calls == 0 {
              // The rotation's waits move the time on in the middle of a call.
              let response = try await session.send(
                TransportRequest(head: Self.account, deadline: .seconds(3600), mayBeSentAgain: true))
              #expect(response.head.status == .ok)
              calls += 1
              // In memory nothing suspends, and whoever rotates has to get a turn.
              await Task.yield()
            }
            return calls
          }
        }
        for _ in 0..<5 { try await bench.providers.rotateAuthToken(of: id) }
        isOver.turn(on: true)
        return try await group.reduce(0, +)
      }
      #expect(calls >= 4)
      #expect(try bench.account().mutations.promoted == 5)
    }
  }

  @Test func itSendsAccountHostAndToken() async throws {
    let sent = Recorder()
    let bench = try Bench(wrapTransport: { sent.recording($0) })
    let id = try await bench.register().id
    sent.forget()
    let session = bench.providers.session(for: id)
    _ = try await session.send(Self.account)
    _ = try await session.send(
      HTTPRequest(method: .post, scheme: "https", authority: "API.twilio.com:443", path: "/x"), body: [1])
    #expect(
      sent.requests.map { "\($0)" } == [
        "GET https://api.twilio.com/2010-04-01/Accounts/\(Bench.sid).json, 0 bytes",
        "POST https://API.twilio.com:443/x, 1 bytes",
      ])
    #expect(
      sent.requests.allSatisfy { $0.credentials == BasicCredentials(username: Bench.sid, password: bench.firstToken) })
    #expect(sent.requests.map(\.mayBeSentAgain) == [true, false])
  }

  @Test func theCandidateComesFirstOnceItIsProven() async throws {
    let sent = Recorder()
    let bench = try Bench(wrapTransport: { sent.recording($0) })
    let id = try await bench.register().id
    for (phase, isCandidate) in [(RotationPhase.minted, false), (.promoting, true)] {
      try await bench.plant(phase, of: id)
      // Behind everybody's back, so time has to pass until this process looks.
      bench.time.advance(by: .seconds(30))
      sent.forget()
      _ = try await bench.providers.session(for: id).send(Self.account)
      #expect(sent.passwords == [isCandidate ? try #require(bench.plantedCandidate) : bench.firstToken])
      #expect(try await bench.providers.webhookTokens(of: id).count == 2)
    }
  }

  @Test func whatWorkedIsWhatOthersBeginWith() async throws {
    let sent = Recorder()
    let bench = try Bench(wrapTransport: { sent.recording($0) })
    let id = try await bench.register().id
    try await bench.plant(.minted, of: id)
    let candidate = try #require(bench.plantedCandidate)
    bench.twilio.changeAccount(try bench.accountSID) { ($0.primary, $0.secondary) = (candidate, nil) }
    sent.forget()
    for _ in 0..<3 { #expect(try await bench.providers.session(for: id).send(Self.account).head.status == .ok) }
    #expect(sent.passwords == [bench.firstToken, candidate, candidate, candidate])
  }

  @Test(arguments: [HTTPRequest.Method.get, .post, .delete])
  func aRefusalIsNoReasonToGiveUpWhateverTheMethod(method: HTTPRequest.Method) async throws {
    let fresh = try AuthToken.random()
    let transport = ScriptedTransport { request in
      request.credentials?.password == fresh ? .json(201, "{}") : .json(401, #"{"code":20003}"#)
    }
    let bench = try Bench(
      wrapStore: { PlainStore($0) }, wrapTransport: { _ in transport }, validator: AcceptsEverything())
    let id = try await bench.register().id
    let session = bench.providers.session(for: id)
    _ = try await bench.providers.webhookTokens(of: id)
    // Another process updates the token, and no notification comes.
    try await bench.anotherProcess().updateAuthToken(of: id, to: fresh)
    let response = try await session.send(
      HTTPRequest(method: method, scheme: nil, authority: nil, path: "/x"), body: [1, 2])
    #expect(response.head.status == .created)
    #expect(transport.requests.allSatisfy { $0.body == [1, 2] && $0.head.method == method })
  }

  @Test func theTokenFromBeforeIsTriedUntilItIsSettled() async throws {
    // A node that is behind by more than a rotation takes, and knows the old token only.
    let sent = Recorder()
    let bench = try Bench(wrapTransport: { sent.recording($0) })
    let id = try await bench.register().id
    let session = bench.providers.session(for: id)
    _ = try await session.send(Self.account)
    try await bench.providers.rotateAuthToken(of: id)
    bench.twilio.configure { $0.nodes = [NodeLag(.seconds(50))] }
    sent.forget()
    for _ in 0..<2 { #expect(try await session.send(Self.account).head.status == .ok) }
    let new = try await bench.storedToken(id)
    #expect(sent.passwords == [new, bench.firstToken, new, bench.firstToken], "it is nothing to begin with")
    #expect(try await bench.providers.webhookTokens(of: id) == [bench.storedToken(id), bench.firstToken])
    bench.time.advance(by: .seconds(60))
    #expect(try await bench.providers.webhookTokens(of: id) == [bench.storedToken(id)])
    #expect(try await bench.anotherProcess().webhookTokens(of: id) == [bench.storedToken(id)], "it is in memory only")
  }

  @Test func twoRotationsWithinASettlePeriodKeepBothTokens() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    var tokens = [bench.firstToken]
    for _ in 0..<2 {
      _ = try await bench.providers.webhookTokens(of: id)
      try await bench.providers.rotateAuthToken(of: id)
      tokens.insert(try await bench.storedToken(id), at: 0)
    }
    #expect(try await bench.providers.webhookTokens(of: id) == tokens)
  }

  // MARK: Functions

  @Test(arguments: [true, false])
  func aForbiddenIsTheTokensWhereTheCallerSaysSo(saysSo: Bool) async throws {
    let old = Box<AuthToken>()
    let functions = "https://mine-1234.twil.io"
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        guard request.head.authority == "mine-1234.twil.io" else { return try await twilio.send(request) }
        return request.credentials?.password == old.value ? .json(200, "{}") : .json(403, "{}")
      }
    })
    old.set(bench.firstToken)
    let id = try await bench.register().id
    var session = try bench.providers.session(for: id).allowing(functions)
    if saysSo { session = session.toFunctions() }
    let request = HTTPRequest(method: .post, scheme: "https", authority: "mine-1234.twil.io", path: "/f")
    #expect(try await session.send(request).head.status == .ok)
    try await bench.providers.rotateAuthToken(of: id)
    #expect(try await session.send(request).head.status == (saysSo ? .ok : .forbidden))
    // The old token worked there, which says nothing of the API.
    #expect(try await bench.providers.session(for: id).send(Self.account).head.status == .ok)
    bench.time.advance(by: .seconds(60))
    #expect(try await session.send(request).head.status == .forbidden, "the minute is over")
  }

  // MARK: Listings

  @Test func everyPageIsFetchedWithTheToken() async throws {
    let pages = [
      "/1": #"{"meta":{"next_page_url":"https://trunking.twilio.com/2?Page=1"}}"#,
      "/2?Page=1": #"{"next_page_uri":"/3"}"#, "/3": #"{"meta":{"next_page_url":null},"next_page_uri":null}"#,
    ]
    let transport = ScriptedTransport { .json(200, pages[$0.head.path ?? ""] ?? "") }
    let bench = try Bench(wrapTransport: { _ in transport }, validator: AcceptsEverything())
    let id = try await bench.register().id
    var count = 0
    let first = HTTPRequest(method: .get, scheme: "https", authority: "trunking.twilio.com", path: "/1")
    for try await page in bench.providers.session(for: id).pages(first) {
      #expect(page.head.status == .ok)
      count += 1
    }
    #expect(count == 3)
    #expect(transport.requests.allSatisfy { $0.credentials?.password == bench.firstToken })
    #expect(transport.requests.map(\.head.path) == ["/1", "/2?Page=1", "/3"])
  }

  @Test(arguments: [
    (#"{"meta":{"next_page_url":"https://evil.example/2"}}"#, TokenRotationError.Code.hostNotAllowed),
    (#"{"meta":{"next_page_url":"http://api.twilio.com/2"}}"#, .hostNotAllowed),
    (#"{"meta":{"next_page_url":"https://api.twilio.com.evil.example/2"}}"#, .hostNotAllowed),
    (#"{"meta":{"next_page_url":"nonsense"}}"#, .twilioAnswerMalformed),
    (#"{"next_page_uri":"//evil.example/2"}"#, nil), (#"{"next_page_uri":"@evil.example/2"}"#, .twilioAnswerMalformed),
    (#"{"next_page_uri":"/1"}"#, .twilioAnswerMalformed),
  ])
  func aPageElsewhereIsNotFetched(body: String, code: TokenRotationError.Code?) async throws {
    let transport = ScriptedTransport { request in
      .json(200, request.head.path == "/1" ? body : "{}")
    }
    let bench = try Bench(wrapTransport: { _ in transport }, validator: AcceptsEverything())
    let id = try await bench.register().id
    var pages = bench.providers.session(for: id)
      .pages(HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/1")).makeAsyncIterator()
    if let code {
      await expect(code) {
        while try await pages.next() != nil {}
      }
    } else {
      while try await pages.next() != nil {}
    }
    #expect(transport.requests.allSatisfy { $0.head.scheme == "https" && $0.head.authority == "api.twilio.com" })
  }
}
