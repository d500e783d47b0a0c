import HTTPTypes
import Testing
import TokenRotationCore
import TokenRotationSimulator

@Suite("Lagging nodes take tokens for what they were")
struct PropagationTests {
  private let slow = NodeLag(.seconds(60))

  @Test("a changed token is known after the lag and not before")
  func lag() throws {
    let bench = try Bench()
    bench.time.advance(by: .seconds(1000))
    let secondary = try bench.createSecondary()
    #expect(try bench.ask(.fetchAccount, with: secondary).status == 200)
    #expect(try bench.ask(.fetchAccount, with: secondary, at: slow).status == 401)
    bench.time.advance(by: .milliseconds(59_999))
    #expect(try bench.ask(.fetchAccount, with: secondary, at: slow).status == 401)
    bench.time.advance(by: .milliseconds(1))
    #expect(try bench.ask(.fetchAccount, with: secondary, at: slow).status == 200)

    #expect(try bench.ask(.promoteSecondary, with: secondary).status == 200)
    #expect(try bench.ask(.fetchAccount).status == 401)
    let stale = try bench.ask(.fetchAccount, at: slow)
    #expect(try stale.token("auth_token") == bench.primary)
    bench.time.advance(by: .seconds(60))
    #expect(try bench.ask(.fetchAccount, at: slow).status == 401)
    #expect(try bench.ask(.fetchAccount, with: secondary, at: slow).token("auth_token") == secondary)
  }

  @Test("a node that knows a dead token acts on the account as it is")
  func lateCall() throws {
    let bench = try Bench()
    let secondary = try bench.createSecondary()
    bench.time.advance(by: .seconds(100))
    #expect(try bench.ask(.promoteSecondary, with: secondary).status == 200)
    #expect(try bench.ask(.promoteSecondary, with: bench.primary, at: slow).code == 20404)
    #expect(try bench.ask(.createSecondary, with: bench.primary, at: slow).status == 201)
    #expect(try bench.account().mutations.created == 2)
  }

  @Test("changes made at the Console spread alike")
  func console() throws {
    let bench = try Bench()
    let replacement = try Bench.token("d")
    bench.time.advance(by: .seconds(100))
    bench.twilio.changeAccount(bench.sid) { $0.primary = replacement }
    #expect(try bench.ask(.fetchAccount, at: slow).status == 200)
    #expect(try bench.ask(.fetchAccount, with: replacement, at: slow).status == 401)
    #expect(try bench.account().mutations == .init())
  }

  @Test("requests reach the nodes in turn")
  func severalNodes() throws {
    let bench = try Bench()
    bench.twilio.configure { $0.nodes = [.none, NodeLag(.seconds(5)), NodeLag(.seconds(60))] }
    bench.twilio.changeAccount(bench.sid) { $0.secondary = try? Bench.token("d") }
    let secondary = try #require(try bench.account().secondary)
    func statuses() throws -> [Int] {
      try (1...6).map { _ in try bench.ask(.fetchAccount, with: secondary).status }
    }
    #expect(try statuses() == [200, 401, 401, 200, 401, 401])
    bench.time.advance(by: .seconds(5))
    #expect(try statuses() == [200, 200, 401, 200, 200, 401])
    bench.time.advance(by: .seconds(55))
    #expect(try statuses() == [200, 200, 200, 200, 200, 200])
  }
}
