import CoreMetrics
import Foundation
import HTTPTypes
import InMemoryTracing
import Logging
import MetricsTestKit
import Synchronization
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting
import Tracing

/// Whoever adds an output adds it here: everything that the package lets out while tokens are in it is collected, and
/// searched for them.
@Suite("No token in the open")
struct CanaryTests {
  @Test func nothingThatComesOutHoldsAToken() async throws {
    let outlet = Outlet()
    let metrics = TestMetrics()
    let tracer = InMemoryTracer()
    let bench = try Bench(
      configure: { configuration in
        configuration.logger = Logger(label: "canary") { _ in outlet }
        configuration.logger.logLevel = .trace
        configuration.metricsFactory = metrics
        configuration.tracer = tracer
      },
      wrapTransport: { twilio in
        ScriptedTransport { request in
          outlet.show(request)
          outlet.show(request.head)
          do {
            let response = try await twilio.send(request)
            outlet.show(response)
            return response
          } catch {
            outlet.show(error)
            throw error
          }
        }
      })
    var tokens = [bench.firstToken]
    let id = try await bench.register().id
    tokens.append(try bench.rotateInConsole())
    outlet.show(try await bench.providers.updateAuthToken(of: id, to: tokens[1]))

    let wrong = try AuthToken.random()
    tokens.append(wrong)
    await outlet.showError { try await bench.providers.updateAuthToken(of: id, to: wrong) }
    outlet.show(try await bench.providers.validateAuthToken(wrong, for: id))
    for (error, afterwards) in [(SimulatedError.serverError, true), (.rateLimited, false), (.unavailable, false)] {
      bench.twilio.answerNext(to: .fetchAccount, with: error, afterwards: afterwards)
      await outlet.showError { try await bench.providers.updateAuthToken(of: id, to: tokens[1]) }
    }
    await outlet.showError { try await bench.providers.promoteSecondaryToken(of: id) }
    outlet.show(try await bench.providers.createSecondaryToken(of: id))
    tokens.append(try #require(try await bench.candidate(id)))
    await outlet.showError { try await bench.providers.createSecondaryToken(of: id) }
    await outlet.showError { try await bench.providers.remove(id) }
    outlet.show(try #require(try await bench.memory.read(id)))
    bench.twilio.answerNext(to: .promoteSecondary, with: .serverError, afterwards: false)
    outlet.show(try await bench.providers.promoteSecondaryToken(of: id))
    outlet.show(try await bench.providers.rotateAuthToken(of: id))
    bench.twilio.changeAccount(try bench.accountSID) { $0.secondary = wrong }
    await outlet.showError { try await bench.providers.rotateAuthToken(of: id) }
    outlet.show(try await bench.providers.explainRotation(of: id))
    try await bench.providers.deleteSecondaryToken(of: id)
    let known = try await bench.storedToken(id)
    let session = bench.providers.session(for: id)
    outlet.show(session)
    outlet.show(try await session.send(SessionTests.account))
    outlet.show(try await bench.providers.webhookTokens(of: id))
    outlet.show(session.pages(SessionTests.account))
    await outlet.showError { try await session.send(SessionRefusalTests.forbidden[0]) }
    await outlet.showError {
      try await session.send(
        TransportRequest(
          head: SessionTests.account, credentials: BasicCredentials(username: Bench.sid, password: wrong),
          deadline: .seconds(1), mayBeSentAgain: true))
    }
    await outlet.showError {
      try await bench.providers.withAuthToken(of: id) { token in
        outlet.show(token)
        outlet.show(try await bench.providers.report(rejected: token))
      }
    }
    bench.time.advance(by: .seconds(120))
    bench.twilio.changeAccount(try bench.accountSID) { $0.primary = wrong }
    await outlet.showError { try await session.send(SessionTests.account) }
    await outlet.showError { try await session.send(SessionTests.account) }
    await outlet.showError { try await bench.providers.rotateAuthToken(of: id) }
    await outlet.showError { try await bench.providers.resumeRotation(of: id) }
    outlet.show(try await bench.providers.resumeAllRotations())
    outlet.show(try await bench.providers.explainRotation(of: id))
    bench.twilio.changeAccount(try bench.accountSID) { $0.primary = known }
    outlet.show(try await bench.providers.resumeRotation(of: id))
    outlet.show(try await bench.providers.abandonRotation(of: id))
    outlet.show(try await bench.providers.provider(id))
    let trunk = try bench.trunkSID
    _ = try await bench.providers.updateDetails(of: id) { $0.trunkSID = trunk }
    bench.twilio.changeAccount(try bench.accountSID) {
      $0.trunks = [SimulatedTrunk(sid: trunk, domainName: "example.pstn.twilio.com")]
    }
    outlet.show(try await bench.providers.verify(id))
    bench.twilio.changeAccount(try bench.accountSID) { $0.status = .suspended }
    outlet.show(try await bench.providers.verify(id))
    outlet.show(try await bench.providers.verifyAll())
    bench.twilio.changeAccount(try bench.accountSID) { $0.status = .active }
    await outlet.showResponses(of: bench, id, tokens)
    outlet.show(bench)
    outlet.show(bench.providers)
    outlet.show(bench.keyring)
    outlet.show(BasicCredentials(username: Bench.sid, password: wrong))
    outlet.show(try bench.account())
    outlet.show(try bench.account().tokensForHumans)
    for typed in tokens.map(\.text) {
      await outlet.showError { try AuthToken(parsing: typed.uppercased()) }
      await outlet.showError { try AuthToken(parsing: typed + "\n") }
    }
    try await showWebhooks(of: id, bench, tokens, outlet)
    let keys = try RolledKeys(old: bench.keyring.sealingKey)
    outlet.show(keys)
    await outlet.showError { try await bench.providers.checkUnused(keys.oldID) }
    await outlet.showError { try await bench.anotherProcess(keyring: keys.new).checkKeys() }
    outlet.show(try await bench.anotherProcess(keyring: keys.new).rewrapTokens { outlet.show($0) })
    let rolled = try bench.anotherProcess(keyring: keys.both)
    outlet.show(try await rolled.rewrapTokens { outlet.show($0) })
    outlet.show(try await rolled.keyUsage())
    outlet.show(try OpenSSLTokenCipher(keyring: keys.both))
    outlet.take(try await bench.storedBytes(id))
    try await bench.providers.remove(id)

    for counter in metrics.counters { outlet.take("\(counter.label) \(counter.dimensions)") }
    for timer in metrics.timers { outlet.take("\(timer.label) \(timer.dimensions)") }
    for span in tracer.finishedSpans {
      outlet.show(span)
      outlet.take("\(span.attributes) \(span.events.map(\.attributes)) \(span.errors.map(\.error))")
    }

    #expect(metrics.counters.count > 5 && tracer.finishedSpans.count > 10 && outlet.text.count > 10_000)
    for keyring in [keys.old, keys.new] {
      let bytes = keyring.sealingKey.withUnsafeBytes { Data($0) }
      for form in [bytes.base64EncodedString(), bytes.map { String(format: "%02x", $0) }.joined()] {
        #expect(!outlet.text.lowercased().contains(form.lowercased()))
      }
    }
    for token in tokens {
      let places = token.disguises.filter { outlet.text.contains($0) }
      #expect(places.isEmpty)
    }
  }

  private func showWebhooks(
    of id: ProviderID, _ bench: Bench, _ tokens: [AuthToken], _ outlet: Outlet
  ) async throws {
    let address = try WebhookAddress.base("https://user:\(tokens[0].text)@example.com")
    let validator = WebhookSignatureValidator(providers: bench.providers, address: address)
    outlet.show(address)
    outlet.show(validator)
    for token in tokens + [try await bench.storedToken(id)] {
      let parameters = [(name: "AccountSid", value: Bench.sid), (name: "Body", value: token.text)]
      var webhook = Webhook(path: "/voice?token=\(token.text)", body: form(parameters))
      webhook.signatures = [
        try WebhookSignature.sign(url: "https://example.com" + webhook.path, parameters: parameters, with: token)
      ]
      outlet.show(webhook.request)
      outlet.show(try await validator.validate(webhook.request))
      webhook.body += "&Body=%\(token.text)".utf8
      outlet.show(try await validator.validate(webhook.request, of: id))
    }
  }

  @Test func theSearchFindsWhatItIsLookingFor() throws {
    let token = try AuthToken.random()
    for leak in [
      token.text, "\(Bench.sid):\(token.text)", Data("\(Bench.sid):\(token.text)".utf8).base64EncodedString(),
      Data("x\(token.text)y".utf8).base64EncodedString(), Data("xy\(token.text)z".utf8).base64EncodedString(),
    ] {
      #expect(token.disguises.contains { "…\(leak)…".contains($0) })
    }
  }
}

extension AuthToken {
  fileprivate var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

  /// The token as a leak would show it: plain, in upper case, and in base64 at each of its three alignments, with the
  /// characters at both ends left out that depend on what stands beside it.
  fileprivate var disguises: [String] {
    let base64 = (0..<3).map { shift in
      let encoded = Data(Array(repeating: 0, count: shift) + Array(text.utf8)).base64EncodedString()
      return String(encoded.dropFirst(shift == 0 ? 0 : 4).prefix { $0 != "=" }.dropLast(4))
    }
    return [text, text.uppercased(), String(text.reversed())] + base64
  }
}

extension SimulatedAccount {
  fileprivate var tokensForHumans: [AuthToken?] { [primary, secondary] }
}

extension Outlet {
  /// Shows what the endpoints answer when they are told these tokens, in their place and out of it.
  fileprivate func showResponses(of bench: Bench, _ id: ProviderID, _ tokens: [AuthToken]) async {
    let endpoints = ProviderEndpoints<String>(providers: bench.providers) { _, _, _ in true }
    show(endpoints)
    // Not in the place of an id: ids are for logs.
    for token in tokens.map(\.text) {
      for (method, path, body) in [
        (HTTPRequest.Method.get, "", ""), (.get, "?after=\(token)&\(token)=1", ""), (.get, "/twilio/\(id)", ""),
        (.patch, "/twilio/\(id)/auth-token", #"{"authToken":"\#(token)"}"#),
        (.patch, "/twilio/\(id)/auth-token", #"{"authToken":"\#(token)x"}"#),
        (.patch, "/twilio/\(id)/auth-token", #"{"\#(token)":"\#(token)"}"#), (.get, "/twilio/\(id)/rotation", ""),
        (.post, "/twilio", #"{"accountSid":"\#(Bench.sid)","authToken":"\#(token)","name":"x"}"#),
        (.post, "/\(id)/verify", ""),
      ] {
        let request = HTTPRequest(
          method: method, scheme: "http", authority: "127.0.0.1", path: "/api/v1/providers" + path,
          headerFields: [.contentType: "application/json"])
        let response = await endpoints.respond(to: request, body: Array(body.utf8), principal: "x")
        show(response.head)
        take(String(decoding: response.body, as: UTF8.self))
      }
    }
  }
}

/// Collects everything that comes out, in every way that Swift has to show it.
private final class Outlet: LogHandler, Sendable {
  private let collected = Mutex("")

  var text: String { collected.withLock { $0 } }

  func take(_ text: String) { collected.withLock { $0 += text + "\n" } }

  func show(_ value: Any) {
    var dumped = ""
    dump(value, to: &dumped)
    take("\(value) \(String(reflecting: value)) \(dumped)")
    show(Mirror(reflecting: value), depth: 6)
  }

  func showError<Value>(_ body: () async throws -> Value) async {
    do {
      _ = try await body()
      Issue.record("expected an error")
    } catch {
      show(error)
      take(error.localizedDescription)
      if let error = error as? TokenRotationError { take("\(error.metricLabel) \(error.cause.map { "\($0)" } ?? "")") }
    }
  }

  private func show(_ mirror: Mirror, depth: Int) {
    guard depth > 0 else { return }
    for child in mirror.children {
      take("\(child.label ?? "") \(child.value)")
      show(Mirror(reflecting: child.value), depth: depth - 1)
    }
  }

  // MARK: LogHandler

  var metadata: Logger.Metadata {
    get { [:] }
    set { take("\(newValue)") }
  }

  var logLevel: Logger.Level {
    get { .trace }
    set {}
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set { take("\(key) \(String(describing: newValue))") }
  }

  func log(event: LogEvent) {
    take("\(event.level) \(event.message) \(event.metadata ?? [:])")
  }
}
