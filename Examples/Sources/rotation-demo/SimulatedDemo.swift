import ExampleSupport
import SimulatorServer
import TokenRotation
import TokenRotationSimulator

/// The demonstration on a simulated Twilio, in this process and behind a real socket.
struct SimulatedDemo {
  let narrator: Narrator
  let store: any ProviderStore
  let timings: RotationTimings
  let verbose: Bool

  func run() async throws {
    let start = ContinuousClock.now
    let accountSID = try AccountSID("AC" + String(repeating: "5e", count: 16))
    let twilio = TwilioSimulator()
    let tokens = Tokens(
      first: try twilio.issueToken(), fromConsole: try twilio.issueToken(), wrong: try twilio.issueToken())
    twilio.add(SimulatedAccount(sid: accountSID, primary: tokens.first))

    try await withSimulatorServer(twilio) { server in
      narrator.title("Updating and rotating a Twilio Auth Token")
      narrator.say(
        "Against a simulated Twilio at \(server.url), over real HTTP by libcurl, sealed by OpenSSL.")
      narrator.gap()
      let steps = Steps(
        narrator: narrator,
        host: try Host(.redirected(to: server.url), store: store, timings: timings, verbose: verbose),
        accountSID: accountSID)
      try await tell(steps, tokens, twilio)

      let counts = twilio.requestCounts
      narrator.gap()
      narrator.say(
        "Twilio saw \(counts.values.reduce(0, +)) requests, two creates and two promotions among them. This output was "
          + "searched for every token that took part: there is none in it.")
      narrator.title("All as expected, in \(Narrator.describe(start.duration(to: .now))).")
    }
  }

  private struct Tokens {
    let first, fromConsole, wrong: AuthToken
  }

  private func tell(_ steps: Steps, _ tokens: Tokens, _ twilio: TwilioSimulator) async throws {
    let id = try await steps.register(tokens.first)
    try await rotateInConsole(steps, id, tokens, twilio)
    try await steps.update(id, to: tokens.fromConsole, "Update the token: what the customer typed in")
    try await steps.refusedUpdate(id, to: tokens.wrong)
    try await steps.rotate(id)
    try await steps.prove(id, old: tokens.fromConsole)
    twilio.answerNext(to: .promoteSecondary, with: .serverError, afterwards: true)
    let second = try await steps.rotateOnceMore(id)
    let last = try await steps.host.currentToken(id)
    try await steps.remove(id)

    let account = twilio.account(steps.accountSID)
    try narrator.expect(
      account?.primary == last && account?.secondary == nil, "the token that was stored last at Twilio")
    try narrator.expect(
      account?.mutations.created == 2 && account?.mutations.promoted == 2 && account?.mutations.deleted == 0,
      "two creates and two promotions at Twilio")
    try steps.checkOutput(for: [tokens.first, tokens.fromConsole, tokens.wrong, second, last])
  }

  private func rotateInConsole(
    _ steps: Steps, _ id: ProviderID, _ tokens: Tokens, _ twilio: TwilioSimulator
  ) async throws {
    try await narrator.step("Meanwhile the customer rotates it in the Twilio Console") {
      twilio.changeAccount(steps.accountSID) { $0.primary = tokens.fromConsole }
      try narrator.expect(try await steps.host.role(of: tokens.first, for: id) == nil, "a stored token that is refused")
      return "From now on Twilio refuses the stored token; the customer has to tell the new one."
    }
  }
}
