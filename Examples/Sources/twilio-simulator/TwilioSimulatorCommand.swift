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
      command line.
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

  @Option(help: "End after this many seconds.")
  var lifetime: Double?

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
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
    try await withSimulatorServer(simulator, port: port) { server in
      Terminal.print("twilio-simulator: listening on \(server.url)")
      await waitForTermination(atMost: lifetime.map { .seconds($0) })
    }
  }
}

extension SimulatedAccount.Status: @retroactive ExpressibleByArgument {}
