import HTTPTypes
import Testing
import TokenRotationTesting

@testable import TokenRotationCore

@Suite("Repeating requests: only where it is certain to do no harm")
struct RetryTests {
  static let busy = TransportResponse.json(503, #"{"code":20503,"message":"m"}"#)
  static let account = TransportResponse.json(200, #"{"sid":"x"}"#)

  /// A first step, and how often a reading and a changing request are sent in all when every attempt meets it.
  struct Row: Sendable, CustomTestStringConvertible {
    let step: ScriptedTransport.Step
    let reading: Int
    let changing: Int
    var testDescription: String { "\(step)" }
  }

  static let rows = [
    Row(step: .answer(.json(429, "{}")), reading: 4, changing: 1),
    Row(step: .answer(busy), reading: 4, changing: 1),
    Row(step: .answer(.json(500, "{}")), reading: 4, changing: 1),
    Row(step: .answer(.json(401, #"{"code":20003}"#)), reading: 1, changing: 1),
    Row(step: .answer(.json(302, "")), reading: 1, changing: 1),
    Row(step: .failure(TransportError(.connectionFailed, delivery: .notSent)), reading: 4, changing: 1),
    Row(step: .failure(TransportError(.connectionLost, delivery: .maybeSent)), reading: 4, changing: 1),
    Row(step: .failure(TransportError(.timedOut, delivery: .maybeSent)), reading: 4, changing: 1),
    Row(step: .failure(TransportError(.tlsFailed, delivery: .notSent)), reading: 1, changing: 1),
    Row(step: .failure(CancellationError()), reading: 1, changing: 1),
    Row(step: .failure(AnotherError()), reading: 4, changing: 1),
  ]

  @Test(arguments: rows)
  func attempts(row: Row) async throws {
    for (expected, call) in [(row.reading, Call.fetchAccount), (row.changing, .promote)] {
      let transport = ScriptedTransport(Array(repeating: row.step, count: 10))
      let time = VirtualTime(advancesWhenSleeping: true)
      let client = TwilioClient.example(transport, retryPolicy: RetryPolicy(attempts: 4), timeSource: time)
      await #expect(throws: (any Error).self) { try await call.perform(client) }
      #expect(transport.requests.count == expected)
      #expect(time.sleeps.count == expected - 1)
    }
  }

  @Test func pausesGrowWithFullJitter() async throws {
    for random in [0, 0.5, 0.999] {
      let policy = RetryPolicy(attempts: 8, firstPause: .seconds(1), longestPause: .seconds(10)) { random }
      let bounds: [Double] = [1, 2, 4, 8, 10, 10, 10]
      for (index, bound) in bounds.enumerated() {
        #expect(policy.pause(afterFailures: index + 1, retryAfter: nil) == .seconds(1) * (bound * random))
      }
      #expect(policy.pause(afterFailures: 8, retryAfter: nil) == nil)
    }
    let patient = RetryPolicy(attempts: .max, firstPause: .seconds(1), longestPause: .seconds(10)) { 0.5 }
    #expect(patient.pause(afterFailures: 1_000_000, retryAfter: nil) == .seconds(5))
  }

  @Test(
    arguments: [
      ("3", .seconds(3)), ("0", .zero), ("Thu, 01 Jan 2026 00:00:04 GMT", .seconds(4)),
      ("Wed, 31 Dec 2025 00:00:00 GMT", .zero), ("nonsense", .zero), ("-5", .zero),
    ] as [(String, Duration)])
  func retryAfterIsHonoured(text: String, pause: Duration) async throws {
    let time = VirtualTime(advancesWhenSleeping: true)
    let transport = ScriptedTransport([
      .answer(.json(429, "{}", fields: [.retryAfter: text])), .answer(Self.account),
    ])
    let policy = RetryPolicy { 0 }
    _ = try await TwilioClient.example(transport, retryPolicy: policy, timeSource: time).fetchAccount(as: .example())
    #expect(time.sleeps == [pause])
  }

  @Test func aLongRetryAfterIsReportedInsteadOfWaitedFor() async throws {
    let transport = ScriptedTransport([.answer(.json(429, "{}", fields: [.retryAfter: "3600"]))])
    let error = await #expect(throws: TokenRotationError.self) {
      try await TwilioClient.example(transport, retryPolicy: RetryPolicy()).fetchAccount(as: .example())
    }
    #expect(error?.retryAfter == .seconds(3600))
    #expect(transport.requests.count == 1)
  }

  @Test func cancellationEndsAPause() async throws {
    let time = VirtualTime()
    let transport = ScriptedTransport([.answer(Self.busy)])
    let client = TwilioClient.example(transport, retryPolicy: RetryPolicy(), timeSource: time)
    let task = Task { try await client.fetchAccount(as: .example()) }
    await time.sleepers(count: 1)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  struct AnotherError: Error {}

  enum Call {
    case fetchAccount, promote

    func perform(_ client: TwilioClient) async throws {
      switch self {
      case .fetchAccount: _ = try await client.fetchAccount(as: .example())
      case .promote: _ = try await client.promoteSecondary(as: .example())
      }
    }
  }
}
