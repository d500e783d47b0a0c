import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// What nginx does to connections, and what it sees of them.
@Suite(.timeLimit(.minutes(1))) struct NginxConnectionTests {
  @Test(arguments: Version.allCases) func repeatableRequestsShareAndOthersTakeTheirOwn(version: Version) async throws {
    let nginx = try await NginxServer([version.site()])
    let transport = try await makeTrustingTransport()
    for number in 0..<5 { await get(number, nginx, transport) }
    for number in 0..<5 { await post(number, nginx, transport) }
    await withTaskGroup(of: Void.self) { group in
      for number in 5..<25 { group.addTask { _ = await get(number, nginx, transport) } }
    }
    await transport.shutdown()
    let log = try await nginx.end()
    let gets = log.filter { $0.method == "GET" }
    #expect(gets.count == 25)
    #expect(Set(gets.map(\.version)) == [version.rawValue])
    #expect(Set(gets.prefix(5).map(\.connection)).count == 1)
    // Over HTTP/1.1, a connection carries one at a time.
    let connections = Set(gets.map(\.connection)).count
    #expect(connections <= (version == .http2 ? 1 : 20))
    expectOnceEach(5, in: log)
  }

  @Test(arguments: Version.allCases, ["keepalive_requests 1;", "keepalive_requests 3;", "keepalive_timeout 0;"])
  func connectionsThatEndEarlyCostNothing(version: Version, directive: String) async throws {
    let nginx = try await NginxServer([version.site(directive)])
    let transport = try await makeTrustingTransport()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<60 {
        group.addTask { _ = await get(number, nginx, transport) }
        if number.isMultiple(of: 4) { group.addTask { _ = await post(number / 4, nginx, transport) } }
      }
    }
    for number in 60..<75 { await get(number, nginx, transport) }
    await transport.shutdown()
    let log = try await nginx.end()
    #expect(Set(log.filter { $0.method == "GET" }.map(\.path)).count == 75)
    if !directive.contains("3") {
      let perConnection = Dictionary(grouping: log.filter { $0.method == "GET" }, by: \.connection).mapValues(\.count)
      if version == .http1 { #expect(perConnection.values.allSatisfy { $0 == 1 }) }
    }
    expectOnceEach(15, in: log)
  }

  /// libcurl 7.88.1 holds a host that speaks HTTP/2 for one on all of whose connections requests can be mixed, even those
  /// that speak HTTP/1.1: with one set of connections for all requests, the second GET would be sent behind the POST,
  /// take its answer, and have it repeated.
  @Test func aConnectionInUseBelongsToItsRequest() async throws {
    let arrived = Signal()
    let release = Signal()
    let backend = try LoopbackServer { _ in
      arrived.send()
      await release.wait()
      return TransportResponse(head: .init(status: .created))
    }
    let hold = "location /hold { proxy_pass http://\(backend.authority); }"
    let nginx = try await NginxServer([.init("ssl http2", "keepalive_requests 1; \(hold)")])
    let transport = try await makeTrustingTransport()
    async let held = Outcome.of(makeRequest(.post, nginx.authority, "/hold", scheme: "https"), over: transport)
    await arrived.wait()
    for number in 0..<3 {
      let request = makeRequest(.get, nginx.authority, "/get/\(number)", scheme: "https", deadline: .seconds(20))
      await expectEcho(request, transport)
    }
    release.send()
    #expect(await held == .answer(201))
    await transport.shutdown()
    let log = try await nginx.end()
    #expect(log.map(\.path) == ["/get/0", "/get/1", "/get/2", "/hold"])
    #expect(Set(log.map(\.connection)).count == 4)
  }

  @Test(arguments: Version.allCases) func aReloadInTheMiddleIsNotNoticed(version: Version) async throws {
    let nginx = try await NginxServer([version.site()])
    let transport = try await makeTrustingTransport()
    let progress = Progress()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          while let number = progress.next() {
            let isAnswered =
              worker == 0
              ? await post(progress.nextPost(), nginx, transport) : await get(number, nginx, transport)
            if !isAnswered { progress.finish() }
          }
        }
      }
      await progress.reach(100)
      try await nginx.reload()
      await progress.reach(progress.count + 200)
      progress.finish()
      try await group.waitForAll()
    }
    await transport.shutdown()
    let log = try await nginx.end()
    #expect(Set(log.map(\.worker)).count == 2)
    #expect(Set(log.filter { $0.method == "GET" }.map(\.path)).count + progress.posts == progress.count)
    expectOnceEach(progress.posts, in: log)
  }

  @Test(arguments: Version.allCases) func aGracefulShutdownAnswersWhatHasArrived(version: Version) async throws {
    let arrived = ["GET": Signal(), "POST": Signal()]
    let release = Signal()
    let backend = try LoopbackServer { request in
      arrived[request.head.method.rawValue]?.send()
      await release.wait()
      return TransportResponse(head: .init(status: .created))
    }
    let nginx = try await NginxServer([version.site("location /hold { proxy_pass http://\(backend.authority); }")])
    let transport = try await makeTrustingTransport()
    await get(0, nginx, transport)
    async let held = Outcome.of(makeRequest(.get, nginx.authority, "/hold", scheme: "https"), over: transport)
    async let alsoHeld = Outcome.of(makeRequest(.post, nginx.authority, "/hold", scheme: "https"), over: transport)
    for signal in arrived.values { await signal.wait() }
    try await nginx.beginToEnd()
    let late = makeRequest(.post, nginx.authority, "/late", scheme: "https")
    #expect(await Outcome.of(late, over: transport) == .failure(.connectionFailed, .notSent))
    release.send()
    #expect(await held == .answer(201))
    #expect(await alsoHeld == .answer(201))
    await transport.shutdown()
    let log = try await nginx.end()
    #expect(log.count == 3)
  }

  /// Counts requests, and lets a test wait for a number of them.
  private final class Progress: Sendable {
    private struct State {
      var count = 0
      var posts = 0
      var isFinished = false
      var goals: [(Int, Signal)] = []
    }

    private let state = Lock(State())

    var count: Int { state.withLock(\.count) }
    var posts: Int { state.withLock(\.posts) }

    func next() -> Int? {
      state.withLock { state in
        // Cancelled by its time limit, a test must not go on sending what fails at once.
        guard !state.isFinished, !Task.isCancelled else { return nil }
        defer { state.count += 1 }
        for (goal, signal) in state.goals where goal <= state.count { signal.send() }
        return state.count
      }
    }

    func nextPost() -> Int {
      state.withLock { state in
        defer { state.posts += 1 }
        return state.posts
      }
    }

    func reach(_ goal: Int) async {
      let signal = Signal()
      state.withLock { state in
        if state.isFinished { signal.send() } else { state.goals.append((goal, signal)) }
      }
      await signal.wait()
    }

    /// Lets nobody send or wait any more.
    func finish() {
      state.withLock { state in
        state.isFinished = true
        for (_, signal) in state.goals { signal.send() }
      }
    }
  }
}

@discardableResult
private func get(_ number: Int, _ nginx: NginxServer, _ transport: CurlTransport) async -> Bool {
  await expectEcho(makeRequest(.get, nginx.authority, "/get/\(number)", scheme: "https"), transport)
}

@discardableResult
private func post(_ number: Int, _ nginx: NginxServer, _ transport: CurlTransport) async -> Bool {
  await expectEcho(makeRequest(.post, nginx.authority, "/post/\(number)", scheme: "https", body: "once"), transport)
}

/// The answer is that to this request, and not to another that went the same way.
@discardableResult
private func expectEcho(_ request: TransportRequest, _ transport: CurlTransport) async -> Bool {
  do {
    let response = try await transport.send(request)
    #expect(response.head.status == .ok)
    #expect(String(decoding: response.body, as: UTF8.self) == "\(request.head.method) \(request.head.path ?? "") ")
    return response.head.status == .ok
  } catch {
    Issue.record("\(error) for \(request)")
    return false
  }
}

/// Every one of so many posts was counted once, on a connection that nothing else went over.
private func expectOnceEach(_ count: Int, in log: [NginxServer.Entry]) {
  let posts = log.filter { $0.method == "POST" }
  #expect(posts.map(\.path).sorted() == (0..<count).map { "/post/\($0)" }.sorted())
  #expect(posts.allSatisfy { $0.requests == 1 && $0.version == "HTTP/1.1" })
  let usesOfConnections = Dictionary(grouping: log, by: \.connection).mapValues(\.count)
  let shared = log.filter { entry in posts.contains { $0.connection == entry.connection } && entry.method != "POST" }
  #expect(shared.isEmpty)
  #expect(posts.allSatisfy { usesOfConnections[$0.connection] == 1 })
}
