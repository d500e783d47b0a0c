import HTTPTypes
import Testing
import TokenRotationCore
import TokenRotationSimulator

@Suite("Many callers at once")
struct ConcurrencyTests {
  private func request(_ bench: Bench, limit: Int = 1_048_576) -> TransportRequest {
    TransportRequest(
      head: HTTPRequest(
        method: .post, scheme: "https", authority: "accounts.twilio.com", path: "/v1/AuthTokens/Secondary?x=1"),
      credentials: BasicCredentials(username: bench.sid.description, password: bench.primary),
      deadline: .seconds(30), responseSizeLimit: limit, mayBeSentAgain: false)
  }

  @Test("of two hundred creates one succeeds, and all are counted")
  func oneSecondary() async throws {
    let bench = try Bench()
    let request = request(bench)
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 1...200 { group.addTask { try await bench.twilio.send(request).head.status.code } }
      return try await group.reduce(into: [Int: Int]()) { counts, status in counts[status, default: 0] += 1 }
    }
    #expect(statuses == [201: 1, 400: 199])
    #expect(try bench.account().mutations.created == 1)
    #expect(bench.twilio.requestCount(of: .createSecondary) == 200)
    #expect(bench.twilio.requestCounts == [.createSecondary: 200])
  }

  @Test("an answer larger than allowed is an error, of a request that was served")
  func sizeLimit() async throws {
    let bench = try Bench()
    let error = await #expect(throws: TransportError.self) {
      try await bench.twilio.send(request(bench, limit: 10))
    }
    #expect(error?.reason == .responseTooLarge)
    #expect(error?.delivery == .maybeSent)
    #expect(try bench.account().secondary != nil)
  }

  @Test("a cancelled task sends nothing")
  func cancellation() async throws {
    let bench = try Bench()
    let request = request(bench)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await bench.twilio.send(request)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(bench.twilio.requestCounts.isEmpty)
  }
}
