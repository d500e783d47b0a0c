import HTTPTypes
import Synchronization
import TokenRotation
import TokenRotationSimulator

/// A simulated Twilio of several nodes, which learn of a promotion at different times, and which sends webhooks.
///
/// A webhook is signed with the primary of the moment in which it was sent, and delivered up to half of the refresh time
/// later, in any order.
final class RotatingTwilio: HTTPTransport {
  /// The header field that counts promotions, so that readers can tell one rotation from the other.
  static let rotations = HTTPField.Name("Rotations")
  /// The header field that tells that all is over.
  static let isOver = HTTPField.Name("Is-Over")
  static let webhookPath = "/webhook"
  static let base = "https://voice.example.com"

  private struct State {
    var primaries: [(since: Duration, token: AuthToken)]
    var isOver = false
    var answered = 0
  }

  let simulator: TwilioSimulator
  let sid: AccountSID
  let firstToken: AuthToken
  private let scale: Scale
  private let time = SystemTimeSource()
  private let state: Mutex<State>

  init(_ scale: Scale, lag: Double) throws {
    self.scale = scale
    var settings = TwilioSimulator.Settings()
    settings.nodes = [0, lag / 4, lag / 2, lag].map { NodeLag(scale.refresh * $0) }
    simulator = TwilioSimulator(settings: settings, time: time)
    sid = try AccountSID("ACc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0")
    firstToken = try simulator.issueToken()
    simulator.add(SimulatedAccount(sid: sid, primary: firstToken))
    state = Mutex(State(primaries: [(.zero, firstToken)]))
  }

  /// How often the account's token was replaced.
  var promotions: Int { simulator.account(sid)?.mutations.promoted ?? 0 }

  /// How many calls were answered.
  var answered: Int { state.withLock(\.answered) }

  /// Whether readers know that they may go.
  var isOver: Bool { state.withLock(\.isOver) }

  /// Lets readers know that they may go.
  func end() { state.withLock { $0.isOver = true } }

  func send(_ request: TransportRequest) async throws -> TransportResponse {
    // In memory nothing suspends, and everybody has to get a turn.
    await Task.yield()
    return perform(request)
  }

  func perform(_ request: TransportRequest) -> TransportResponse {
    let path = request.head.path ?? ""
    var response: TransportResponse
    if path.hasPrefix(Self.webhookPath) {
      response = webhook(isGenuine: !path.hasSuffix("forged"))
    } else {
      response = simulator.perform(request)
      if path.hasSuffix("Promote") { notePrimary() }
    }
    let isOver = state.withLock { state in
      state.answered += 1
      return state.isOver
    }
    if let name = Self.rotations { response.head.headerFields[name] = "\(promotions)" }
    if isOver, let name = Self.isOver { response.head.headerFields[name] = "1" }
    return response
  }

  private func notePrimary() {
    guard let primary = simulator.account(sid)?.primary else { return }
    state.withLock { state in
      guard state.primaries.last?.token != primary else { return }
      state.primaries.append((time.uptime, primary))
    }
  }

  /// A webhook that arrives now: signature, and body after an empty line.
  private func webhook(isGenuine: Bool) -> TransportResponse {
    let sentAt = time.uptime - scale.longestDelivery * Double.random(in: 0...1)
    let primary = state.withLock { state in state.primaries.last { $0.since <= sentAt }?.token } ?? firstToken
    let number = "\(UInt32.random(in: .min ... .max))"
    let parameters = [(name: "AccountSid", value: sid.description), (name: "CallSid", value: "CA" + number)]
    let forgery = isGenuine ? nil : Forgery.allCases.randomElement()
    let url = Self.base + (forgery == .address ? "/other" : "/call")
    let signed = forgery == .parameter ? [parameters[0]] : parameters
    let token = forgery == .key ? (try? simulator.issueToken()) ?? primary : primary
    var signature = (try? WebhookSignature.sign(url: url, parameters: signed, with: token)) ?? ""
    if forgery == .truncated { signature.removeLast(4) }
    if forgery == .signatureCase {
      signature = String(signature.map { $0.isUppercase ? Character($0.lowercased()) : Character($0.uppercased()) })
    }
    let body = parameters.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    return TransportResponse(head: HTTPResponse(status: .ok), body: Array("\(signature)\n\(body)".utf8))
  }

  private enum Forgery: CaseIterable {
    case key, address, parameter, truncated, signatureCase
  }
}
