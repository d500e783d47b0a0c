import CoreMetrics
import InMemoryTracing
import MetricsTestKit
import Testing
import TokenRotation
import TokenRotationSimulator
import Tracing

@Suite("Every operation is a span, a counter with its outcome, and a duration")
struct ObservabilityTests {
  @Test func successAndFailure() async throws {
    let metrics = TestMetrics()
    let tracer = InMemoryTracer()
    let bench = try Bench(configure: {
      $0.metricsFactory = metrics
      $0.tracer = tracer
    })
    let id = try await bench.register().id
    await expect(.tokenRefused) { try await bench.providers.updateAuthToken(of: id, to: .random()) }
    _ = try await bench.providers.provider(id)

    for (operation, outcome) in [("register", "success"), ("update", "tokenRefused"), ("read", "success")] {
      let dimensions = [("operation", operation), ("outcome", outcome)]
      #expect(try metrics.expectCounter("token_rotation_operations_total", dimensions).totalValue == 1)
      #expect(try metrics.expectTimer("token_rotation_operation_duration", dimensions).values.count == 1)
    }
    let spans = tracer.finishedSpans
    #expect(
      spans.map(\.operationName) == ["token_rotation.register", "token_rotation.update", "token_rotation.read"])
    #expect(spans.map(\.errors.count) == [0, 1, 0])
    #expect(spans.allSatisfy { $0.attributes.get("token_rotation.provider_id") == .string(id.description) })
  }

  @Test func webhooksAreCountedByOutcomeAndToken() async throws {
    let metrics = TestMetrics()
    let bench = try Bench(configure: { $0.metricsFactory = metrics })
    let id = try await bench.register().id
    let validator = WebhookSignatureValidator(providers: bench.providers, address: try .base("https://example.com"))
    var webhook = Webhook(path: "/", contentTypes: [])
    #expect(!(try await validator.validate(webhook.request, of: id).isAccepted))
    webhook.signatures = [try WebhookSignature.sign(url: "https://example.com/", with: bench.firstToken)]
    #expect(try await validator.validate(webhook.request, of: id).isAccepted)
    for (outcome, token, count) in [
      ("accepted", "current", 1), ("signatureMissing", "none", 1), ("signatureMismatch", "none", 0),
      ("error", "none", 0),
    ] {
      let dimensions = [("outcome", outcome), ("token", token)]
      #expect(try metrics.expectCounter("token_rotation_webhooks_total", dimensions).totalValue == Int64(count))
    }
  }

  @Test func labelsAreBounded() {
    let foreign = TokenRotationError(.init(rawValue: "made up by a host"), "x")
    #expect(foreign.metricLabel == "other")
    for code in TokenRotationError.Code.all {
      #expect(TokenRotationError(code, "x").metricLabel == code.rawValue)
    }
  }

  @Test func errorsShowWhereTheyComeFromAndForeignCausesByTypeOnly() throws {
    struct Talkative: Error, CustomStringConvertible {
      let description = "the secret is out"
    }
    let error = TokenRotationError(
      .storeFailed, "The store failed.", outcome: .unknown, cause: Talkative(),
      answer: TwilioRefusal(status: 401, code: 20003, requestID: "RQ1"))
    let line = #line - 3
    #expect(
      "\(error)"
        == "storeFailed: The store failed. [Twilio answered 401/20003, request RQ1] [outcome unknown] "
        + "[cause Talkative] (TokenRotationTests/ObservabilityTests.swift:\(line))")
    var dumped = ""
    dump(error, to: &dumped)
    #expect(!dumped.contains("secret") && dumped.contains("Talkative"))
    #expect(error.cause is Talkative, "code can still look at it")
    #expect(error.isRetriable)
  }
}
