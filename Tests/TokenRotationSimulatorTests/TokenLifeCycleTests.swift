import Foundation
import HTTPTypes
import Testing
import TokenRotationCore
import TokenRotationSimulator

@Suite("Tokens are created, promoted and deleted as at Twilio")
struct TokenLifeCycleTests {
  @Test("a secondary works at once, a promotion ends the old primary at once")
  func rotation() throws {
    let bench = try Bench()
    let created = try bench.ask(.createSecondary)
    let secondary = try #require(try created.token("secondary_auth_token"))
    #expect(created.status == 201)
    #expect(secondary == (try bench.account().secondary))
    for token in [bench.primary, secondary] { #expect(try bench.ask(.fetchAccount, with: token).status == 200) }

    let promoted = try bench.ask(.promoteSecondary, with: secondary)
    #expect(promoted.status == 200)
    #expect(try promoted.token("auth_token") == secondary)
    #expect(try bench.ask(.fetchAccount).status == 401)
    #expect(try bench.ask(.fetchAccount, with: secondary).token("auth_token") == secondary)

    let account = try bench.account()
    #expect(account.primary == secondary)
    #expect(account.secondary == nil)
    #expect(account.mutations.created == 1 && account.mutations.promoted == 1 && account.mutations.deleted == 0)
    #expect(try bench.ask(.promoteSecondary, with: secondary).code == 20404)
  }

  @Test("a deleted secondary is refused, and another can be created")
  func deletion() throws {
    let bench = try Bench()
    let first = try bench.createSecondary()
    let deleted = try bench.ask(.deleteSecondary)
    #expect(deleted.status == 204)
    #expect(deleted.bytes.isEmpty)
    #expect(deleted.headers[.contentType] == nil)
    #expect(try bench.ask(.fetchAccount, with: first).status == 401)
    #expect(try bench.createSecondary() != first)
    #expect(try bench.account().mutations.deleted == 1)
  }

  @Test("either token may promote by default", arguments: [false, true])
  func promotionByEither(usesSecondary: Bool) throws {
    let bench = try Bench()
    let secondary = try bench.createSecondary()
    let caller = usesSecondary ? secondary : bench.primary
    #expect(try bench.ask(.promoteSecondary, with: caller).status == 200)
  }

  @Test("the documented keys and dates")
  func documents() throws {
    let bench = try Bench()
    let account = try bench.ask(.fetchAccount)
    #expect(
      Set(account.json.keys) == [
        "auth_token", "date_created", "date_updated", "friendly_name", "owner_account_sid", "sid", "status",
        "subresource_uris", "type", "uri",
      ])
    #expect(account.json["date_created"] as? String == "Thu, 30 Jul 2015 20:00:00 +0000")
    #expect(account.json["uri"] as? String == "/2010-04-01/Accounts/\(bench.sid).json")
    #expect(account.json["owner_account_sid"] as? String == bench.sid.description)

    bench.time.advance(by: .seconds(8 * 3600))
    let created = try bench.ask(.createSecondary)
    #expect(
      Set(created.json.keys) == ["account_sid", "date_created", "date_updated", "secondary_auth_token", "url"])
    #expect(created.json["date_created"] as? String == "2015-07-31T04:00:00Z")
    #expect(created.json["url"] as? String == "https://accounts.twilio.com/v1/AuthTokens/Secondary")

    bench.time.advance(by: .seconds(60))
    let promoted = try bench.ask(.promoteSecondary)
    #expect(Set(promoted.json.keys) == ["account_sid", "auth_token", "date_created", "date_updated", "url"])
    #expect(promoted.json["date_created"] as? String == "2015-07-31T04:00:00Z")
    #expect(promoted.json["date_updated"] as? String == "2015-07-31T04:01:00Z")
    #expect(promoted.json["url"] as? String == "https://accounts.twilio.com/v1/AuthTokens/Promote")
    let after = try bench.ask(.fetchAccount, with: promoted.token("auth_token"))
    #expect(after.json["date_updated"] as? String == "Fri, 31 Jul 2015 04:01:00 +0000")
  }

  @Test("every answer has Twilio's headers", arguments: [200, 201, 204, 401])
  func headers(status: Int) throws {
    let bench = try Bench { if status == 204 { $0.secondary = try? Bench.token("b") } }
    let reply =
      switch status {
      case 200: try bench.ask(.fetchAccount)
      case 201: try bench.ask(.createSecondary)
      case 204: try bench.ask(.deleteSecondary)
      default: try bench.ask(.fetchAccount, with: bench.wrong)
      }
    #expect(reply.status == status)
    let requestID = try reply.header("Twilio-Request-Id")
    #expect(requestID?.wholeMatch(of: /RQ[0-9a-f]{32}/) != nil)
    #expect(try reply.header("Twilio-Request-Duration").flatMap(Double.init) != nil)
    #expect(try reply.header("Twilio-Concurrent-Requests") == "1")
  }

  @Test("fields can be null or missing, and tokens 33 characters long")
  func oddAnswers() throws {
    let bench = try Bench()
    bench.twilio.configure {
      $0.tokenLength = 33
      $0.fieldOverrides = [
        .createSecondary: ["date_created": .null, "url": .missing], .promoteSecondary: ["auth_token": .null],
      ]
    }
    let created = try bench.ask(.createSecondary)
    #expect(try created.token("secondary_auth_token")?.count == 33)
    #expect(created.json["date_created"] is NSNull)
    #expect(created.json.keys.contains("url") == false)
    let promoted = try bench.ask(.promoteSecondary)
    #expect(promoted.json["auth_token"] is NSNull)
    #expect(try bench.account().primary == (try created.token("secondary_auth_token")))
  }

  @Test("what a secondary sees of auth_token is a setting")
  func authTokenForSecondary() throws {
    let bench = try Bench()
    let secondary = try bench.createSecondary()
    #expect(try bench.ask(.fetchAccount, with: secondary).token("auth_token") == bench.primary)
    bench.twilio.configure { $0.authTokenForSecondary = .null }
    #expect(try bench.ask(.fetchAccount, with: secondary).json["auth_token"] is NSNull)
    bench.twilio.configure { $0.authTokenForSecondary = .missing }
    #expect(try bench.ask(.fetchAccount, with: secondary).json.keys.contains("auth_token") == false)
    #expect(try bench.ask(.fetchAccount).token("auth_token") == bench.primary)
  }

  @Test("a parent fetches its subaccount, which is told by its sid, and rotates only itself")
  func subaccounts() throws {
    let bench = try Bench()
    let (sub, token) = (try Bench.sid("2"), try Bench.token("b"))
    bench.twilio.add(SimulatedAccount(sid: sub, primary: token, status: .suspended, owner: bench.sid))
    let reply = try bench.ask(.fetchAccount, about: sub)
    #expect(reply.json["sid"] as? String == sub.description)
    #expect(reply.json["owner_account_sid"] as? String == bench.sid.description)
    #expect(reply.json["status"] as? String == "suspended")
    #expect(try reply.token("auth_token") == token)
    #expect(try bench.ask(.fetchAccount, with: token, as: sub, about: sub).status == 401)

    bench.twilio.changeAccount(sub) { $0.status = .active }
    #expect(try bench.ask(.fetchAccount, with: token, as: sub, about: sub).status == 200)
    #expect(try bench.ask(.createSecondary, with: token, as: sub).status == 201)
    #expect(try bench.account().secondary == nil)
    #expect(bench.twilio.account(sub)?.secondary != nil)
  }

  @Test("an inactive account can be made to tell", arguments: SimulatedAccount.Status.allCases)
  func status(_ status: SimulatedAccount.Status) throws {
    let bench = try Bench { $0.status = status }
    bench.twilio.configure { $0.answersForInactiveAccounts = true }
    #expect(try bench.ask(.fetchAccount).json["status"] as? String == status.rawValue)
  }

  @Test("regions have tokens of their own; a loopback host is for any or for one")
  func regions() throws {
    let bench = try Bench()
    let irish = try Bench.token("e")
    bench.twilio.add(SimulatedAccount(sid: bench.sid, primary: irish, region: .ie1))
    #expect(try bench.ask(.fetchAccount, with: irish).status == 401)
    #expect(try bench.ask(.fetchAccount, with: irish, host: "api.dublin.ie1.twilio.com").status == 200)
    for host in ["127.0.0.1:8080", "localhost", "[::1]:80"] {
      #expect(try bench.ask(.fetchAccount, with: irish, host: host).token("auth_token") == irish)
      #expect(try bench.ask(.fetchAccount, host: host).token("auth_token") == bench.primary)
    }
    bench.twilio.configure { $0.loopbackRegion = .us1 }
    #expect(try bench.ask(.fetchAccount, with: irish, host: "127.0.0.1:8080").status == 401)
    for host in ["127.0.0.1.example.com", "128.0.0.1", "localhost.example.com"] {
      #expect(try bench.ask(.fetchAccount, host: host).status == 404)
    }
  }

  @Test("the same seed issues the same tokens, another seed others")
  func seeds() throws {
    func tokens(_ seed: UInt64) throws -> [AuthToken] {
      let bench = try Bench(seed: seed)
      return try (1...3).map { _ in
        defer { bench.twilio.changeAccount(bench.sid) { $0.secondary = nil } }
        return try bench.createSecondary()
      }
    }
    let first = try tokens(7)
    #expect(try tokens(7) == first)
    #expect(try tokens(8) != first)
    #expect(first[0] != first[1] && first[1] != first[2])
    _ = try first.map { token in try AuthToken(parsing: token.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }) }
  }
}
