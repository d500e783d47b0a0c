import Foundation
import HTTPTypes
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Endpoints: the documents, statuses and headers that are promised")
struct EndpointTests {
  @Test func fromRegisteringToRemoving() async throws {
    let bench = try EndpointBench()
    let registered = await bench.ask(
      .post, "/twilio", EndpointBench.registration(bench.bench.firstToken, more: #","supportsCallTransfer":true"#))
    #expect(registered.status == 201)
    let id = try #require(registered.json["id"] as? String)
    let path = "/twilio/\(id.replacing(":", with: "%3A"))"
    #expect(registered.fields[.location] == EndpointBench.base + path)
    #expect(registered.fields[.contentType] == "application/json")
    #expect(registered.fields[.cacheControl] == "no-store")
    #expect(
      Set(registered.json.keys) == [
        "name", "providerType", "accountSid", "id", "verificationStatus", "lastVerifiedAt", "phoneNumberCount",
        "verificationDetails", "trunkSid", "terminationUri", "region", "supportsCallTransfer",
      ])
    #expect(registered.json["supportsCallTransfer"] as? Bool == true)

    let read = await bench.ask(.get, path)
    #expect((read.status, read.text) == (200, registered.text))
    #expect(read.fields[.eTag] == registered.fields[.eTag])
    let head = await bench.ask(.head, path)
    #expect((head.status, head.text) == (200, ""))

    let token = try bench.bench.rotateInConsole()
    let updated = await bench.ask(.patch, path + "/auth-token", #"{"authToken":"\#(token.typed)"}"#)
    #expect(updated.status == 200)
    #expect(updated.fields[.eTag] != read.fields[.eTag])
    #expect(try await bench.bench.storedToken(ProviderID(id)) == token)

    let before = await bench.ask(.get, path)
    let refused = try await bench.ask(.patch, path + "/auth-token", #"{"authToken":"\#(AuthToken.random().typed)"}"#)
    #expect((refused.status, refused.code) == (422, "tokenRefused"))
    #expect(Set(refused.json.keys) == ["type", "title", "status", "detail", "instance"])
    #expect(refused.fields[.contentType] == "application/problem+json")
    let after = await bench.ask(.get, path)
    #expect(after.text == before.text)
    #expect(after.fields == before.fields)

    let rotated = await bench.ask(.post, path + "/auth-token/rotate")
    #expect((rotated.status, rotated.json["id"] as? String) == (200, id))
    #expect(try await bench.bench.storedToken(ProviderID(id)) == bench.bench.account().primary)
    let explained = await bench.ask(.get, path + "/rotation")
    #expect(explained.status == 200)
    #expect(explained.json["phase"] as? String == "idle")
    #expect(
      Set(explained.json.keys) == [
        "id", "phase", "quarantine", "isHeld", "mintedAt", "keptTokens", "situation", "nextStep", "evidence",
      ])

    let created = await bench.ask(.post, path + "/auth-token/secondary")
    #expect(created.status == 201)
    #expect(Set(created.json.keys) == ["accountSid", "dateCreated", "dateUpdated", "url"])
    #expect(await bench.ask(.delete, path + "/auth-token/secondary").status == 204)
    #expect(await bench.ask(.post, path + "/auth-token/promote").code == "candidateMissing")
    #expect(await bench.ask(.post, path + "/auth-token/secondary").status == 201)
    #expect(await bench.ask(.delete, "/\(id)").code == "secondaryExists")
    #expect(await bench.ask(.post, path + "/auth-token/promote").status == 200)

    let verified = await bench.ask(.post, "/\(id)/verify")
    #expect(verified.status == 200)
    #expect(Set(verified.json.keys) == ["status", "checks", "lastVerifiedAt"])
    #expect((verified.json["checks"] as? [Any])?.count == 4)

    #expect(await bench.ask(.delete, "/\(id)").status == 204)
    #expect(await bench.ask(.get, path).code == "providerNotFound")
    #expect(await bench.ask(.delete, "/\(id)").status == 404)
  }

  /// Requests that are wrong in themselves: method, path, body, what comes of it.
  private static let wrong: [(HTTPRequest.Method, String, String?, Int, String)] = [
    (.get, "/nothing/here/at/all", nil, 404, "addressUnknown"), (.get, "x", nil, 404, "addressUnknown"),
    (.get, "/x", nil, 405, "methodNotAllowed"), (.post, "", nil, 405, "methodNotAllowed"),
    (.delete, "/twilio", nil, 405, "methodNotAllowed"), (.delete, "/%74wilio", nil, 404, "providerNotFound"),
    (.put, "/twilio/{id}", nil, 405, "methodNotAllowed"), (.get, "/twilio/", nil, 404, "addressUnknown"),
    (.get, "/twilio/%zz", nil, 400, "addressMalformed"), (.get, "/twilio/%ff", nil, 400, "addressMalformed"),
    (.get, "/twilio/%00", nil, 400, "providerIDMalformed"),
    (.get, "/twilio/\(String(repeating: "x", count: 129))", nil, 400, "providerIDMalformed"),
    (.get, "/twilio/one:none", nil, 404, "providerNotFound"), (.get, "/twilio/{id}?x=1", nil, 400, "parameterUnknown"),
    (.get, "?limit=0", nil, 400, "parameterMalformed"), (.get, "?limit=201", nil, 400, "parameterMalformed"),
    (.get, "?limit=+1", nil, 400, "parameterMalformed"), (.get, "?limit=1&limit=2", nil, 400, "parameterMalformed"),
    (.get, "?after=", nil, 400, "providerIDMalformed"), (.get, "?color=red", nil, 400, "parameterUnknown"),
    (.get, "?after=%f", nil, 400, "addressMalformed"),
    (.post, "/twilio", "", 415, "mediaTypeUnsupported"), (.post, "/twilio", "[]", 400, "bodyMalformed"),
    (.post, "/twilio", "{", 400, "bodyMalformed"), (.post, "/twilio", "{}", 400, "fieldMissing"),
    (.post, "/twilio", #"{"colour":1}"#, 400, "fieldUnknown"), (.post, "/twilio", #""x""#, 400, "bodyMalformed"),
    (.patch, "/twilio/{id}/auth-token", #"{"authToken":7}"#, 400, "fieldMalformed"),
    (.patch, "/twilio/{id}/auth-token", #"{"authToken":null}"#, 400, "fieldMalformed"),
    (.patch, "/twilio/{id}/auth-token", #"{"authToken":"short"}"#, 400, "authTokenMalformed"),
    (.patch, "/twilio/{id}/auth-token", #"{"authToken":"x","name":"y"}"#, 400, "fieldUnknown"),
    (.patch, "/twilio/one:none/auth-token", #"{"authToken":"{token}"}"#, 404, "providerNotFound"),
    (.post, "/twilio", #"{"accountSid":"AC","authToken":"{token}","name":"x"}"#, 400, "accountSIDMalformed"),
    (.post, "/twilio", #"{"accountSid":"{sid}","authToken":"{token}","name":""}"#, 400, "nameMalformed"),
    (
      .post, "/twilio", #"{"accountSid":"{sid}","authToken":"{token}","name":"x","region":"x"}"#, 400, "regionMalformed"
    ),
    (
      .post, "/twilio", #"{"accountSid":"{sid}","authToken":"{token}","name":"x","supportsCallTransfer":1}"#, 400,
      "fieldMalformed"
    ),
    (.post, "/twilio", #"{"accountSid":"{sid}","authToken":"{token}","name":"x"}"#, 409, "accountAlreadyRegistered"),
    (.post, "/{id}/verify", #"{"x":1}"#, 400, "fieldUnknown"), (.delete, "/{id}", "[]", 400, "bodyMalformed"),
    (.post, "/twilio", String(repeating: " ", count: 16_385), 413, "bodyTooLarge"),
  ]

  @Test(arguments: wrong.indices)
  func aRequestThatIsWrong(index: Int) async throws {
    let bench = try EndpointBench()
    let id = try await bench.register()
    let (method, path, body, status, code) = Self.wrong[index]
    func filled(_ text: String) -> String {
      text.replacing("{id}", with: id).replacing("{sid}", with: Bench.sid)
        .replacing("{token}", with: bench.bench.firstToken.typed)
    }
    let before = try await bench.bench.storedBytes(ProviderID(id))
    let fields: HTTPFields = body == "" ? [.contentType: "text/plain"] : [:]
    let reply = await bench.ask(method, filled(path), body.map(filled), fields: fields)
    #expect((reply.status, reply.code) == (status, code), "\(reply.text)")
    #expect(reply.json["status"] as? Int == status)
    #expect(!reply.text.contains(bench.bench.firstToken.typed))
    if status == 405 { #expect(reply.fields[.allow]?.isEmpty == false) }
    #expect(try await bench.bench.storedBytes(ProviderID(id)) == before)
  }

  @Test(arguments: TokenRotationError.Code.all)
  func everyErrorHasAStatusAndAType(code: TokenRotationError.Code) async throws {
    for outcome in [TokenRotationError.Outcome.notApplied, .unknown] {
      let error = TokenRotationError(code, "What to do.", outcome: outcome, retryAfter: .milliseconds(1500))
      // An authorization that throws is the shortest way to have any error at all.
      let bench = try Bench()
      let endpoints = ProviderEndpoints<Int>(providers: bench.providers) { _, _, _ in throw error }
      let request = HTTPRequest(
        method: .get, scheme: "http", authority: "127.0.0.1", path: "/api/v1/providers/twilio/x")
      let reply = EndpointReply(await endpoints.respond(to: request, body: [], principal: 1))
      #expect(reply.code == code.rawValue)
      #expect(reply.json["detail"] as? String == "What to do.")
      #expect([400, 404, 409, 422, 500, 502, 503].contains(reply.status))
      if outcome == .unknown, code != .rotationQuarantined { #expect(reply.status == 502) }
      if outcome == .notApplied { #expect(reply.status != 502) }
      #expect(reply.fields[.retryAfter] == "2")
    }
  }

  @Test func whatTwilioAnswersBecomesAStatus() async throws {
    let bench = try EndpointBench()
    let id = try await bench.register()
    let body = #"{"authToken":"\#(bench.bench.firstToken.typed)"}"#
    let before = await bench.ask(.get, "/twilio/\(id)")
    for (error, status, retryAfter) in [
      (SimulatedError.rateLimited, 503, "1"), (.serverError, 503, "10"), (.unavailable, 503, "10"),
      (.testCredentials, 422, nil), (.tokenRefused, 422, nil), (.failureThresholdExceeded, 503, "10"),
    ] {
      bench.bench.twilio.answerNext(with: error)
      let reply = await bench.ask(.patch, "/twilio/\(id)/auth-token", body)
      #expect((reply.status, reply.fields[.retryAfter]) == (status, retryAfter), "\(reply.text)")
      #expect(await bench.ask(.get, "/twilio/\(id)").text == before.text)
    }
  }

  @Test func anOutcomeThatNobodyKnowsSaysWhereToLook() async throws {
    let isBad = Switch()
    let bench = try EndpointBench(
      Bench(wrapStore: { memory in
        InterruptedStore(memory: memory) { _ in if isBad.isOn { throw LossyTransport.ForeignError() } }
      }))
    let id = try await bench.register()
    isBad.turn(on: true)
    let reply = await bench.ask(
      .patch, "/twilio/\(id)/auth-token", #"{"authToken":"\#(bench.bench.firstToken.typed)"}"#)
    #expect((reply.status, reply.code) == (502, "storeFailed"))
    #expect(reply.fields[.location] == EndpointBench.base + "/twilio/\(id.replacing(":", with: "%3A"))")
  }

  @Test func idsHoldAnyCharacter() async throws {
    let bench = try EndpointBench()
    let id = try ProviderID("one:a/b?c#d é%25 \u{1F600}")
    _ = try await bench.bench.providers.register(
      id: id, accountSID: bench.bench.accountSID, authToken: bench.bench.firstToken, name: "x")
    let escaped = "one%3Aa%2Fb%3Fc%23d%20%C3%A9%2525%20%F0%9F%98%80"
    #expect(await bench.ask(.get, "/twilio/\(escaped)").json["id"] as? String == id.description)
    #expect(await bench.ask(.get, "?after=\(escaped)&limit=1").status == 200)
    #expect(await bench.ask(.delete, "/\(escaped)").status == 204)
  }

  @Test func ifMatch() async throws {
    let bench = try EndpointBench()
    let id = try await bench.register()
    let body = #"{"authToken":"\#(bench.bench.firstToken.typed)"}"#
    func update(_ tag: String) async -> (Int, String?) {
      let reply = await bench.ask(.patch, "/twilio/\(id)/auth-token", body, fields: [.ifMatch: tag])
      return (reply.status, reply.code)
    }
    let old = try #require(await bench.ask(.get, "/twilio/\(id)").fields[.eTag])
    #expect(await update(old) == (200, nil))
    #expect(await update(old) == (412, "preconditionFailed"))
    #expect(await update("W/" + old) == (412, "preconditionFailed"))
    #expect(await update("*") == (200, nil))
    let new = try #require(await bench.ask(.get, "/twilio/\(id)").fields[.eTag])
    #expect(await update("\(old) , \(new)") == (200, nil))
    for malformed in ["1", "\"", "\"a\"b\"", ",", ""] {
      #expect(await update(malformed) == (400, "preconditionMalformed"))
    }
    for (method, path) in [
      (HTTPRequest.Method.post, "/twilio/\(id)/auth-token/rotate"), (.delete, "/\(id)"), (.post, "/\(id)/verify"),
      (.post, "/twilio/\(id)/auth-token/secondary"),
    ] {
      let reply = await bench.ask(method, path, fields: [.ifMatch: old])
      #expect((reply.status, reply.code) == (412, "preconditionFailed"), "\(path)")
    }
    #expect(bench.bench.twilio.requestCount(of: .createSecondary) == 0)
    let newest = try #require(await bench.ask(.get, "/twilio/\(id)").fields[.eTag])
    #expect(await bench.ask(.delete, "/\(id)", fields: [.ifMatch: newest]).status == 204)
  }

  @Test func ifMatchIsDecidedByTheWriteItself() async throws {
    let isBusy = Switch()
    let bench = try EndpointBench(
      Bench(wrapStore: { memory in
        InterruptedStore(memory: memory) { record in
          guard isBusy.isOn, let stored = try await memory.read(record.id) else { return }
          isBusy.turn(on: false)
          _ = try await memory.replace(stored.record, ifRevision: stored.revision)
        }
      }))
    let id = try await bench.register()
    let tag = try #require(await bench.ask(.get, "/twilio/\(id)").fields[.eTag])
    isBusy.turn(on: true)
    let reply = await bench.ask(
      .patch, "/twilio/\(id)/auth-token", #"{"authToken":"\#(bench.bench.firstToken.typed)"}"#,
      fields: [.ifMatch: tag])
    #expect((reply.status, reply.code) == (412, "preconditionFailed"))
  }

  @Test func noErrorRepeatsAToken() async throws {
    let bench = try EndpointBench()
    let id = try await bench.register()
    let token = try AuthToken.random().typed
    let requests: [(HTTPRequest.Method, String, String?, HTTPFields)] = [
      (.patch, "/twilio/\(id)/auth-token", #"{"\#(token)":"x"}"#, [:]),
      (.patch, "/twilio/\(id)/auth-token", #"{"authToken":"\#(token) "}"#, [:]),
      (.patch, "/twilio/\(id)/auth-token", #"{"authToken":"\#(token)","\#(token.prefix(25))":1}"#, [:]),
      (.patch, "/twilio/\(id)/auth-token", #"{"authToken":["\#(token)"]}"#, [:]),
      (.patch, "/twilio/\(id)/auth-token", #"{"authToken":"\#(token)"}"#, [:]),
      (.patch, "/twilio/\(id)/auth-token", #"{"authToken":"\#(token)""#, [:]),
      (.patch, "/twilio/\(id)/auth-token?authToken=\(token)", "{}", [:]),
      (.patch, "/twilio/\(id)/auth-token?\(token)", "{}", [:]),
      (.patch, "/twilio/\(id)/auth-token", "{}", [.ifMatch: token]),
      (.patch, "/twilio/\(id)/auth-token", "{}", [.contentType: token]),
      (.post, "/twilio", #"{"accountSid":"\#(token)","authToken":"\#(token)","name":"x"}"#, [:]),
      (
        .post, "/twilio", #"{"accountSid":"\#(Bench.sid)","authToken":"\#(token)","name":"x","region":"\#(token)"}"#,
        [:]
      ),
      (.get, "/twilio/one:\(token)", nil, [:]), (.get, "/twilio/\(token)/x", nil, [:]),
      (.get, "?after=\(token)&x", nil, [:]),
      (.get, "?limit=\(token)", nil, [:]), (.delete, "/one:\(token)", nil, [:]),
    ]
    for (method, path, body, fields) in requests {
      let reply = await bench.ask(method, path, body, fields: fields)
      #expect((400..<500).contains(reply.status), "\(path)")
      #expect(!reply.text.contains(token.prefix(25)), "\(reply.text)")
      #expect(!reply.fields.contains { $0.value.contains(token.prefix(25)) })
    }
  }
}
