public import ArgumentParser
import ExampleSupport
import SimulatorServer
import TokenRotationCore
public import TokenRotationSimulator

@main
struct TwilioSimulatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "twilio-simulator",
    abstract: "Serves one simulated Twilio account over HTTP, on this machine only.",
    discussion: """
      Prints one line with its address when it is ready. Send it what you would send to api.twilio.com and \
      accounts.twilio.com. With --timings, every second request reaches a node that is behind, by less than the \
      propagation time of those timings. Ends on SIGINT and SIGTERM. The token is one that you make up: no real token belongs on a \
      command line. With --console, a second line has the address of what a person at Twilio's Console sees: \
      GET /accounts/SID gives an account's tokens, PUT /accounts/SID with {"primary": "…"} makes another account.
      """)

  @Option(help: "The port; 0 for a free one.")
  var port = 0

  @Option(help: "The account's SID.")
  var account: String

  @Option(help: "The account's primary Auth Token, 32 characters of 0-9 and a-f.")
  var token: String

  @Option(help: "Whether the account may be used; where it may not, its token is refused like a wrong one.")
  var status = SimulatedAccount.Status.active

  @Flag(help: "Write errors as problem documents (RFC 9457), as Twilio's newer services do.")
  var problemDocuments = false

  @OptionGroup var timings: TimingsOption

  @Option(
    help: ArgumentHelp(
      "How many milliseconds each answer takes: half of it before the request takes effect, half after.",
      valueName: "milliseconds"))
  var latency = 0.0

  @Flag(help: "Also serve what a person at Twilio's Console sees and does, tokens included.")
  var console = false

  @Option(help: "End after this many seconds.")
  var lifetime: Double?

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
    guard (0...60_000).contains(latency) else { throw ValidationError("A latency is at most a minute.") }
    if let lifetime, lifetime <= 0 || lifetime > 1e9 { throw ValidationError("A lifetime is a positive number.") }
  }

  func run() async throws {
    var settings = TwilioSimulator.Settings()
    settings.errorShape = problemDocuments ? .problemDocument : .classic
    if let propagation = timings.preset?.timings.propagation { settings.nodes = [.none, NodeLag(propagation / 2)] }
    let simulator = TwilioSimulator(
      accounts: [
        SimulatedAccount(sid: try AccountSID(account), primary: try AuthToken(parsing: token), status: status)
      ], settings: settings)
    try await withSimulatorServer(simulator, port: port, latency: .milliseconds(latency)) { server in
      Terminal.print("twilio-simulator: listening on \(server.url)")
      guard console else { return await waitForTermination(atMost: lifetime.map { .seconds($0) }) }
      try await withSimulatedConsole(of: simulator) { console in
        Terminal.print("twilio-simulator: console on \(console.url)")
        await waitForTermination(atMost: lifetime.map { .seconds($0) })
      }
    }
  }
}

extension SimulatedAccount.Status: @retroactive ExpressibleByArgument {}
