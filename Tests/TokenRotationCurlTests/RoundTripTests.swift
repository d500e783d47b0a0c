import Foundation
import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// What one side gives has to be what the other gets; the plain socket client stands beside to show that the server is
/// not made to fit.
@Suite(.timeLimit(.minutes(1))) struct RoundTripTests {
  enum Kind: String, CaseIterable {
    case libcurl, sockets

    func make() throws -> any HTTPTransport {
      switch self {
      case .libcurl: try makeTransport()
      case .sockets: SocketTransport()
      }
    }
  }

  @Test(arguments: Kind.allCases, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "REPORT"])
  func everythingArrives(kind: Kind, method: String) async throws {
    let transport = try kind.make()
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
    fields.append(HTTPField(name: .acceptLanguage, value: ""))
    let token = try AuthToken(issued: "p:ss wörd".utf8)
    let request = makeRequest(
      try #require(HTTPRequest.Method(method)), server.authority, "/a/../b%2Fc?d=e&f=%20//x", fields: fields,
      body: body,
      credentials: BasicCredentials(username: "AC01", password: token))

    let response = try await transport.send(request)

    #expect(response.head.status.code == 299)
    #expect(response.head.status.reasonPhrase == "Quite Fine")
    #expect(response.head.headerFields[fields: .test].map(\.value) == ["first", "second; with \"things\""])
    #expect(response.head.headerFields[fields: .setCookie].map(\.value) == ["a=b"])
    #expect(String(decoding: response.body, as: UTF8.self) == (method == "HEAD" ? "" : "answer"))
    let seen = try #require(received.withLock { $0 })
    #expect(seen.head.method.rawValue == method)
    #expect(seen.head.path == "/a/../b%2Fc?d=e&f=%20//x")
    #expect(seen.head.authority == server.authority)
    #expect(String(decoding: seen.body, as: UTF8.self) == body)
    #expect(seen.head.headerFields[fields: .test].map(\.value) == ["one", "two, three"])
    #expect(seen.head.headerFields[.acceptLanguage] == "")
    #expect(seen.credentials == request.credentials)
    if kind == .libcurl {
      #expect(seen.head.headerFields[.expect] == nil)
      #expect(seen.head.headerFields[.contentType] == nil)
      #expect(seen.head.headerFields[.userAgent]?.hasPrefix("swift-token-rotation/") == true)
    }
  }

  /// What credentials are made into has padding or not, and any byte in it.
  @Test func credentialsOfEachLength() async throws {
    let received = Lock<BasicCredentials?>(nil)
    let server = try LoopbackServer { request in
      received.withLock { $0 = request.credentials }
      return TransportResponse(head: .init(status: .ok))
    }
    let transport = try makeTransport()
    for count in 1...130 {
      let password = (0..<count).map { _ in UInt8.random(in: 1...255) }
      let credentials = BasicCredentials(
        username: String(repeating: "u", count: count % 7), password: try AuthToken(issued: password))
      _ = try await transport.send(makeRequest(.get, server.authority, credentials: credentials))
      #expect(received.withLock { $0 } == credentials, "\(password)")
    }
  }

  @Test func nothingOfARequestStaysForTheNext() async throws {
    let server = try LoopbackServer { request in
      let marks = [
        request.credentials == nil ? "" : "credentials", request.head.headerFields[.test] ?? "",
        String(decoding: request.body, as: UTF8.self), request.head.method.rawValue,
      ]
      return TransportResponse(head: .init(status: .ok), body: Array(marks.joined(separator: "|").utf8))
    }
    let transport = try makeTransport()
    let credentials = BasicCredentials(username: "u", password: try AuthToken(issued: "p".utf8))
    for (method, expected) in [(HTTPRequest.Method.post, "POST"), (.put, "PUT"), (.delete, "DELETE")] {
      let full = try await transport.send(
        makeRequest(
          method, server.authority, fields: [.test: "x"], body: "body", credentials: credentials, mayBeSentAgain: true))
      #expect(String(decoding: full.body, as: UTF8.self) == "credentials|x|body|\(expected)")
      _ = try await transport.send(makeRequest(.head, server.authority))
      let bare = try await transport.send(makeRequest(.get, server.authority))
      #expect(String(decoding: bare.body, as: UTF8.self) == "|||GET")
      let empty = try await transport.send(makeRequest(method, server.authority))
      #expect(String(decoding: empty.body, as: UTF8.self) == "|||\(expected)")
    }
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
    let credentials = BasicCredentials(username: "u", password: try AuthToken(issued: "p".utf8))
    let transport = try makeTransport()
    for method in [HTTPRequest.Method.get, .post] {
      let request = makeRequest(method, server.authority, credentials: credentials)
      #expect(await Outcome.of(request, over: transport) == .answer(status))
    }
    #expect(count.withLock { $0 } == 2)
  }

  @Test func bodiesOfManySizesArriveWhole() async throws {
    let server = try LoopbackServer { request in
      // Libcurl asks for leave to send a body of more than a megabyte, unless it is told not to.
      let status: HTTPResponse.Status = request.head.headerFields[.expect] == nil ? .ok : .expectationFailed
      return TransportResponse(head: .init(status: status), body: Array(request.body.reversed()))
    }
    let transport = try makeTransport()
    for size in [0, 1, 1023, 1024, 1025, 16_384, 65_537, 2_000_000] {
      var request = makeRequest(.post, server.authority)
      request.body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      request.responseSizeLimit = size
      let response = try await transport.send(request)
      #expect(response.head.status == .ok)
      #expect(response.body == request.body.reversed(), "\(size) bytes")
    }
  }

  @Test func twoHundredAtOnceAllGetTheirOwnAnswer() async throws {
    let server = try LoopbackServer { request in
      TransportResponse(head: .init(status: .ok), body: Array((request.head.path ?? "").utf8))
    }
    let transport = try makeTransport()
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

  @Test(arguments: ["gzip", "deflate"]) func compressedBodiesAreUnpackedAndCountedUnpacked(coding: String) async throws
  {
    let packed = try #require(Data(base64Encoded: Compressed.zeros[coding] ?? ""))
    let server = try LoopbackServer { request in
      guard request.head.headerFields[.acceptEncoding]?.contains(coding) == true else {
        return TransportResponse(head: .init(status: .notAcceptable))
      }
      return TransportResponse(
        head: .init(status: .ok, headerFields: [.contentEncoding: coding]), body: Array(packed))
    }
    let transport = try makeTransport()
    let whole = try await transport.send(makeRequest(.get, server.authority, sizeLimit: 100_000))
    #expect(whole.body == [UInt8](repeating: 0, count: 100_000))
    let tooLong = makeRequest(.get, server.authority, sizeLimit: 99_999)
    #expect(await Outcome.of(tooLong, over: transport) == .failure(.responseTooLarge, .maybeSent))
  }
}
