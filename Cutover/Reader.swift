import Foundation
import HTTPTypes
import Synchronization
import TokenRotation

/// One process that uses the token: callers, webhooks, and beside them a reader that caches as is usual.
struct Reader {
  let providers: TwilioProviders
  let id: ProviderID
  let transport: CountingTransport
  /// Gives the token in use, as a program without this library would get it.
  let currentToken: @Sendable () async throws -> AuthToken
  let sid: AccountSID
  let scale: Scale
  let callers: Int
  /// When to end; nil for when Twilio says so.
  let end: Duration?
  let origin: (scheme: String, authority: String)

  private static let path = "/2010-04-01/Accounts/{AccountSid}.json"
  private let clock = SystemTimeSource()

  init(
    _ providers: TwilioProviders, _ id: ProviderID, _ transport: CountingTransport, sid: AccountSID, scale: Scale,
    callers: Int, life: Int, url: String?, currentToken: @escaping @Sendable () async throws -> AuthToken
  ) {
    (self.providers, self.id, self.transport, self.sid) = (providers, id, transport, sid)
    (self.scale, self.callers, self.currentToken) = (scale, callers, currentToken)
    end = life > 0 ? clock.uptime + .milliseconds(life) : nil
    origin = url.map { ("http", String($0.dropFirst("http://".count))) } ?? ("https", "api.twilio.com")
  }

  /// Goes on until Twilio says that it is over.
  func run() async throws -> Tally {
    try await withThrowingTaskGroup(of: Tally.self) { group in
      for _ in 0..<callers { group.addTask { await call() } }
      group.addTask { try await receive() }
      group.addTask { try await callAsUsual() }
      var tally = try await group.reduce(Tally(), +)
      tally.requests = transport.count
      return tally
    }
  }

  private func isOver(_ response: TransportResponse) -> Bool {
    let isOver = RotatingTwilio.isOver.map { response.head.headerFields[$0] != nil } ?? false
    return isOver || end.map { clock.uptime >= $0 } ?? false
  }

  private func call() async -> Tally {
    var tally = Tally()
    let session = providers.session(for: id)
    let request = TransportRequest(
      head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: Self.path), deadline: .seconds(60),
      mayBeSentAgain: true)
    var lastSuccess: Duration?
    while true {
      tally.calls += 1
      do {
        let response = try await CountingTransport.$isCounting.withValue(true) { try await session.send(request) }
        if response.head.status == .ok {
          let now = clock.uptime
          let rotation = RotatingTwilio.rotations.flatMap { response.head.headerFields[$0] }.flatMap { Int($0) } ?? 0
          if let lastSuccess {
            let gap = (now - lastSuccess) / .milliseconds(1)
            tally.gaps[rotation] = max(tally.gaps[rotation] ?? 0, gap)
          }
          lastSuccess = now
        } else {
          tally.failed["status \(response.head.status.code)", default: 0] += 1
        }
        if isOver(response) { return tally }
      } catch {
        tally.failed["\(error)", default: 0] += 1
        if tally.failures > 100_000 { return tally }
      }
    }
  }

  private func receive() async throws -> Tally {
    var tally = Tally()
    let validator = WebhookSignatureValidator(providers: providers, address: try .base(RotatingTwilio.base))
    var token = try await currentToken()
    var readAt = clock.uptime
    while true {
      let isGenuine = (tally.webhooks + tally.forged) % 4 != 3
      let (response, signature, body) = try await webhook(isGenuine)
      var head = HTTPRequest(method: .post, scheme: "https", authority: "voice.example.com", path: "/call")
      head.headerFields[.contentType] = "application/x-www-form-urlencoded"
      if let name = HTTPField.Name("X-Twilio-Signature") { head.headerFields[name] = signature }
      let verdict = try await validator.validate(WebhookRequest(head: head, body: body))
      if isGenuine {
        tally.webhooks += 1
        if case .refused(let refusal) = verdict { tally.refused[refusal.code.rawValue, default: 0] += 1 }
        if clock.uptime >= readAt + scale.usualCache { (token, readAt) = (try await currentToken(), clock.uptime) }
        tally.usualWebhooks += 1
        let parameters = String(decoding: body, as: UTF8.self).split(separator: "&").map { pair in
          let parts = pair.split(separator: "=")
          return (name: String(parts[0]), value: String(parts[1]))
        }
        let expected = try WebhookSignature.sign(
          url: RotatingTwilio.base + "/call", parameters: parameters, with: token)
        if expected != signature { tally.usualRefused += 1 }
      } else {
        tally.forged += 1
        if verdict.isAccepted { tally.forgedAccepted += 1 }
      }
      if isOver(response) { return tally }
    }
  }

  private func webhook(_ isGenuine: Bool) async throws -> (TransportResponse, signature: String, body: [UInt8]) {
    let response = try await transport.send(
      TransportRequest(
        head: HTTPRequest(
          method: .get, scheme: origin.scheme, authority: origin.authority,
          path: RotatingTwilio.webhookPath + (isGenuine ? "" : "/forged")),
        deadline: .seconds(60), mayBeSentAgain: true))
    let parts = response.body.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
    return (response, String(decoding: parts[0], as: UTF8.self), Array(parts[1]))
  }

  /// Sends with the token that was in use up to 60 seconds ago, as AWS's and others' caching clients do.
  private func callAsUsual() async throws -> Tally {
    var tally = Tally()
    while true {
      let token = try await currentToken()
      let end = clock.uptime + scale.usualCache
      while clock.uptime < end {
        let response = try await transport.send(
          TransportRequest(
            head: HTTPRequest(
              method: .get, scheme: origin.scheme, authority: origin.authority,
              path: Self.path.replacing("{AccountSid}", with: "\(sid)")),
            credentials: BasicCredentials(username: "\(sid)", password: token), deadline: .seconds(60),
            mayBeSentAgain: true))
        tally.usualCalls += 1
        if response.head.status != .ok { tally.usualFailed += 1 }
        if isOver(response) { return tally }
      }
    }
  }
}

/// Counts the requests that sessions make.
final class CountingTransport: HTTPTransport {
  @TaskLocal static var isCounting = false

  private let transport: any HTTPTransport
  private let requests = Atomic<Int>(0)

  init(_ transport: any HTTPTransport) { self.transport = transport }

  var count: Int { requests.load(ordering: .relaxed) }

  func send(_ request: TransportRequest) async throws -> TransportResponse {
    if Self.isCounting { requests.wrappingAdd(1, ordering: .relaxed) }
    return try await transport.send(request)
  }
}
