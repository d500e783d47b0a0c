import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// What goes to nginx and what comes back.
@Suite(.timeLimit(.minutes(1))) struct NginxRoundTripTests {
  static let token = "0123456789abcdef0123456789abcdef"

  static func credentials(_ token: String = token) throws -> BasicCredentials {
    BasicCredentials(username: "AC01", password: try AuthToken(issued: token.utf8))
  }

  @Test(arguments: Version.allCases) func basicAuthenticationIsWhatNginxTakesItFor(version: Version) async throws {
    let site = version.site(
      """
      location /private { auth_basic accounts; auth_basic_user_file FOLDER/users; proxy_pass http://echo; }
      """)
    let nginx = try await NginxServer([site], files: ["users": "AC01:{PLAIN}\(Self.token)\n"])
    let transport = try await makeTrustingTransport()
    for mayBeSentAgain in [true, false] {
      for (token, status) in [(Self.token, 200), (String(Self.token.reversed()), 401), (Self.token, 200)] {
        let request = makeRequest(
          .post, nginx.authority, "/private/a?b=c%20d", scheme: "https", fields: [.test: "x y"],
          body: String(repeating: "z", count: 70_000), credentials: try Self.credentials(token),
          mayBeSentAgain: mayBeSentAgain)
        let response = try await transport.send(request)
        #expect(response.head.status.code == status)
        if status == 200 {
          #expect(String(decoding: response.body, as: UTF8.self) == "POST /private/a?b=c%20d x y")
        }
      }
      let open = makeRequest(.get, nginx.authority, "/private", scheme: "https", mayBeSentAgain: mayBeSentAgain)
      #expect(await Outcome.of(open, over: transport) == .answer(401))
    }
    await transport.shutdown()
    let log = try await nginx.end()
    #expect(log.map(\.status) == [200, 401, 200, 401, 200, 401, 200, 401])
    #expect(log.map(\.user) == ["AC01", "AC01", "AC01", "", "AC01", "AC01", "AC01", ""])
    #expect(log.prefix(4).allSatisfy { $0.version == version.rawValue })
    #expect(log.suffix(4).allSatisfy { $0.version == "HTTP/1.1" })
    #expect(log[3].authorization == "")
  }

  /// What counts is the size that it has in memory.
  @Test(arguments: Version.allCases) func theSizeLimitCountsWhatWasUnpacked(version: Version) async throws {
    let site = version.site("gzip on; gzip_min_length 1; gzip_types *; location ~ zeros { root FOLDER; }")
    let zeros = ["zeros": 100_000, "bomb-zeros": 20_000_000].mapValues { String(repeating: "\0", count: $0) }
    let nginx = try await NginxServer([site], files: zeros)
    let transport = try await makeTrustingTransport()
    for mayBeSentAgain in [true, false] {
      func get(_ path: String, limit: Int) -> TransportRequest {
        makeRequest(
          .get, nginx.authority, path, scheme: "https", sizeLimit: limit, mayBeSentAgain: mayBeSentAgain)
      }
      let whole = try await transport.send(get("/zeros", limit: 100_000))
      #expect(whole.body == [UInt8](repeating: 0, count: 100_000))
      #expect(whole.head.headerFields[.contentEncoding] == "gzip")
      let refused = Outcome.failure(.responseTooLarge, .maybeSent)
      #expect(await Outcome.of(get("/zeros", limit: 99_999), over: transport) == refused)
      #expect(await Outcome.of(get("/bomb-zeros", limit: 1_048_576), over: transport) == refused)
      // A stream that was given up must not spoil what comes after it.
      #expect(await Outcome.of(get("/zeros", limit: 100_000), over: transport) == .answer(200))
    }
  }

  @Test(arguments: Version.allCases) func whatNginxRefusesIsAnAnswer(version: Version) async throws {
    let site = version.site(
      """
      client_max_body_size 1k;
      large_client_header_buffers 2 1k;
      location /nothing { return 444; }
      location /seldom { limit_req zone=seldom; limit_req_status 429; proxy_pass http://echo; }
      """)
    let nginx = try await NginxServer([site], http: "limit_req_zone $server_port zone=seldom:32k rate=1r/m;")
    let long = String(repeating: "a", count: 3000)
    for mayBeSentAgain in [true, false] {
      let transport = try await makeTrustingTransport()
      func status(
        _ method: HTTPRequest.Method = .get, _ path: String = "/", fields: HTTPFields = [:], body: String = ""
      ) async -> Outcome {
        let request = makeRequest(
          method, nginx.authority, path, scheme: "https", fields: fields, body: body, mayBeSentAgain: mayBeSentAgain)
        return await Outcome.of(request, over: transport)
      }
      expectEqual(await status(.post, body: String(repeating: "b", count: 1024)), .answer(200))
      expectEqual(await status(.post, body: String(repeating: "b", count: 1025)), .answer(413))
      expectEqual(await status(.post, body: String(repeating: "b", count: 5_000_000)), .answer(413))
      // Over HTTP/2, nginx takes too long a head for an attack and ends the connection without an answer, with whatever
      // else is on it. That comes over HTTP/1.1, on a connection of the request's own.
      expectEqual(await status(.get, "/\(long)"), .answer(414))
      expectEqual(await status(.get, fields: [.test: long]), .answer(400))
      expectEqual(await status(.get, "/nothing"), .failure(.connectionLost, .maybeSent))
      expectEqual(await status(.get, "/seldom"), .answer(mayBeSentAgain ? 200 : 429))
      expectEqual(await status(.get, "/seldom"), .answer(429))
      expectEqual(await status(), .answer(200))
    }
  }

  @Test(arguments: Version.allCases) func oneTooManyAtOnceIsAnAnswer(version: Version) async throws {
    let arrived = Signal()
    let release = Signal()
    let backend = try LoopbackServer { _ in
      arrived.send()
      await release.wait()
      return TransportResponse(head: .init(status: .ok))
    }
    let site = version.site("location /one { limit_conn one 1; proxy_pass http://\(backend.authority); }")
    let nginx = try await NginxServer([site], http: "limit_conn_zone $server_port zone=one:32k;")
    let transport = try await makeTrustingTransport()
    func outcome(mayBeSentAgain: Bool) async -> Outcome {
      await Outcome.of(
        makeRequest(.get, nginx.authority, "/one", scheme: "https", mayBeSentAgain: mayBeSentAgain), over: transport)
    }
    async let held = outcome(mayBeSentAgain: true)
    await arrived.wait()
    #expect(await outcome(mayBeSentAgain: true) == .answer(503))
    #expect(await outcome(mayBeSentAgain: false) == .answer(503))
    release.send()
    #expect(await held == .answer(200))
    #expect(await outcome(mayBeSentAgain: false) == .answer(200))
  }
}

private func expectEqual(_ outcome: Outcome, _ expected: Outcome, location: SourceLocation = #_sourceLocation) {
  #expect(outcome == expected, sourceLocation: location)
}
