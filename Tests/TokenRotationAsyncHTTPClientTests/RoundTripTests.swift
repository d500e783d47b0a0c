#if AsyncHTTPClient
import AsyncHTTPClient
import Foundation
import HTTPTypes
import LoopbackSupport
import NIOCore
import Testing
import TokenRotationAsyncHTTPClient
import TokenRotationCore

@Suite(.timeLimit(.minutes(1))) struct RoundTripTests {
  @Test(arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "REPORT"], [true, false])
  func everythingArrives(method: String, mayBeSentAgain: Bool) async throws {
    let received = Lock<TransportRequest?>(nil)
    let server = try LoopbackServer { request in
      received.withLock { $0 = request }
      var head = HTTPResponse(status: .init(code: 299, reasonPhrase: "Quite Fine"))
      head.headerFields.append(HTTPField(name: .test, value: "first"))
      head.headerFields.append(HTTPField(name: .setCookie, value: "a=b"))
      head.headerFields.append(HTTPField(name: .test, value: "second; with \"things\""))
      return TransportResponse(head: head, body: Array("answer".utf8))
    }
    let body = method == "GET" || method == "HEAD" ? "" : "a=b&c=\u{0}\r\n"
    var fields = HTTPFields()
    fields.append(HTTPField(name: .test, value: "one"))
    fields.append(HTTPField(name: .test, value: "two, three"))
    let path = "/a/../b%2Fc?d=e&f=%20//x&+@:;,'()*!$~"
    let request = makeRequest(
      try #require(HTTPRequest.Method(method)), server.authority, path, fields: fields, body: body,
      credentials: BasicCredentials(username: "AC01", password: try AuthToken(issued: "p:ss wörd".utf8)),
      mayBeSentAgain: mayBeSentAgain)

    let response = try await makeTransport().send(request)

    #expect(response.head.status.code == 299)
    #expect(response.head.headerFields[fields: .test].map(\.value) == ["first", "second; with \"things\""])
    #expect(response.head.headerFields[fields: .setCookie].map(\.value) == ["a=b"])
    #expect(String(decoding: response.body, as: UTF8.self) == (method == "HEAD" ? "" : "answer"))
    let seen = try #require(received.withLock { $0 })
    #expect(seen.head.method.rawValue == method)
    #expect(seen.head.path == path)
    #expect(seen.head.authority == server.authority)
    #expect(String(decoding: seen.body, as: UTF8.self) == body)
    #expect(seen.head.headerFields[fields: .test].map(\.value) == ["one", "two, three"])
    #expect(seen.credentials == request.credentials)
  }

  @Test(arguments: [200, 201, 204, 301, 302, 304, 307, 308, 400, 401, 404, 407, 417, 429, 500, 503, 599, 999])
  func everyStatusIsAnAnswerAndNoneIsFollowed(status: Int) async throws {
    let count = Lock(0)
    let server = try LoopbackServer { request in
      count.withLock { $0 += 1 }
      var head = HTTPResponse(status: .init(code: status))
      head.headerFields[.location] = "/elsewhere"
      head.headerFields[.wwwAuthenticate] = "Basic realm=\"x\""
      return TransportResponse(head: head)
    }
    let transport = makeTransport { $0.redirectConfiguration = .follow(max: 5, allowCycles: false) }
    for method in [HTTPRequest.Method.get, .post] {
      #expect(await Outcome.of(makeRequest(method, server.authority), over: transport) == .answer(status))
    }
    #expect(count.withLock { $0 } == 2)
  }

  @Test func bodiesOfManySizesArriveWhole() async throws {
    let server = try LoopbackServer { request in
      TransportResponse(head: .init(status: .ok), body: Array(request.body.reversed()))
    }
    let transport = makeTransport()
    for size in [0, 1, 1023, 65_537, 2_000_000] {
      var request = makeRequest(.post, server.authority)
      request.body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      request.responseSizeLimit = size
      #expect(try await transport.send(request).body == request.body.reversed(), "\(size) bytes")
    }
  }

  @Test func twoHundredAtOnceAllGetTheirOwnAnswer() async throws {
    let server = try LoopbackServer { request in
      TransportResponse(head: .init(status: .ok), body: Array((request.head.path ?? "").utf8))
    }
    let transport = makeTransport()
    let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<200 {
        group.addTask {
          let method: HTTPRequest.Method = number.isMultiple(of: 3) ? .post : .get
          let response = try await transport.send(makeRequest(method, server.authority, "/\(number)"))
          return String(decoding: response.body, as: UTF8.self) == "/\(number)"
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(answers == 200)
  }

  @Test(arguments: ["gzip", "deflate"])
  func compressedBodiesAreUnpackedAndCountedUnpacked(coding: String) async throws {
    let packed = try #require(Data(base64Encoded: Compressed.zeros[coding] ?? ""))
    let server = try LoopbackServer { request in
      guard request.head.headerFields[.acceptEncoding]?.contains(coding) == true else {
        return TransportResponse(head: .init(status: .notAcceptable))
      }
      return TransportResponse(
        head: .init(status: .ok, headerFields: [.contentEncoding: coding]), body: Array(packed))
    }
    let transport = makeTransport()
    let whole = try await transport.send(makeRequest(.get, server.authority, sizeLimit: 100_000))
    #expect(whole.body == [UInt8](repeating: 0, count: 100_000))
    let tooLong = makeRequest(.get, server.authority, sizeLimit: 99_999)
    #expect(await Outcome.of(tooLong, over: transport) == .failure(.responseTooLarge, .maybeSent))
  }

  // MARK: Connections

  @Test func repeatableRequestsShareAConnectionAndOthersTakeTheirOwn() async throws {
    // async-http-client may open one more than it uses, so it is those with requests that count.
    let requests = Lock<[Int: [String]]>([:])
    let server = try RawServer { connection in
      while let request = try await connection.readRequest() {
        requests.withLock { $0[connection.number, default: []].append(request.method) }
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let transport = makeTransport()
    for method in [HTTPRequest.Method.get, .get, .post, .get, .post, .get] {
      #expect(await Outcome.of(makeRequest(method, server.authority), over: transport) == .answer(200))
    }
    let used = requests.withLock { $0.values.sorted { $0.count > $1.count } }
    #expect(used == [["GET", "GET", "GET", "GET"], ["POST"], ["POST"]])
  }

  /// A server that drops kept connections when the second request has been read in full.
  @Test(arguments: [true, false])
  func aRequestIsSentExactlyOnceWhateverBecomesOfItsConnection(mayBeSentAgain: Bool) async throws {
    let posts = Lock(0)
    let server = try RawServer { connection in
      while let request = try await connection.readRequest() {
        if request.method == "POST" {
          posts.withLock { $0 += 1 }
          return
        }
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let transport = makeTransport()
    for _ in 0..<5 {
      #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
      posts.withLock { $0 = 0 }
      let post = makeRequest(.post, server.authority, body: "once", mayBeSentAgain: mayBeSentAgain)
      #expect(await Outcome.of(post, over: transport) == .failure(.connectionLost, .maybeSent))
      #expect(posts.withLock { $0 } == 1)
    }
  }

  @Test func certificatesAreVerifiedBeforeAnythingIsSent() async throws {
    let kinds = LocalCertificates.Kind.allCases
    let sites = kinds.map { NginxServer.Site("ssl http2", certificate: $0) }
    let nginx = try await NginxServer(sites)
    let transport = try await makeTrustingTransport()
    for (kind, authority) in zip(kinds, nginx.authorities) {
      for mayBeSentAgain in [true, false] {
        let request = makeRequest(.get, authority, scheme: "https", mayBeSentAgain: mayBeSentAgain)
        let expected = kind == .good ? Outcome.answer(200) : .failure(.tlsFailed, .notSent)
        #expect(await Outcome.of(request, over: transport) == expected, "\(kind)")
      }
    }
    await transport.shutdown()
    #expect(try await nginx.end().count == 2)
  }

  // MARK: The end

  @Test func aTaskCancelledBeforeSendsNothing() async throws {
    let server = try RawServer { await $0.waitForEnd() }
    let transport = makeTransport()
    let outcome = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await Outcome.of(makeRequest(.post, server.authority), over: transport)
    }.value
    #expect(outcome == .cancelled)
    #expect(server.acceptedConnections == 0)
  }

  @Test func shuttingDownEndsEveryTransferWithAnError() async throws {
    let arrived = Lock(0)
    let allArrived = Signal()
    let server = try RawServer { connection in
      _ = try await connection.readRequest()
      let count = arrived.withLock { arrived in
        arrived += 1
        return arrived
      }
      if count == 20 { allArrived.send() }
      await connection.waitForEnd()
    }
    let transport = makeTransport()
    await withTaskGroup(of: Outcome.self) { group in
      for number in 0..<20 {
        let request = makeRequest(number.isMultiple(of: 2) ? .get : .post, server.authority)
        group.addTask { await Outcome.of(request, over: transport) }
      }
      await allArrived.wait()
      await transport.shutdown()
      for await outcome in group { #expect(outcome == .failure(.unavailable, .maybeSent)) }
    }
    #expect(
      await Outcome.of(makeRequest(.get, server.authority), over: transport) == .failure(.unavailable, .notSent))
    await transport.shutdown()
  }

  /// The server sees the kept connection end.
  @Test func droppingTheTransportEndsItsConnections() async throws {
    let ended = Signal()
    let server = try RawServer { connection in
      while try await connection.readRequest() != nil {
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
      ended.send()
    }
    do {
      let transport = makeTransport()
      #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
    }
    await ended.wait()
  }
}
#endif
