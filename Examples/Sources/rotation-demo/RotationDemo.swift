import ArgumentParser
import ExampleSupport
import Foundation
import TokenRotation

@main
struct RotationDemo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotation-demo",
    abstract: "Updates and rotates a Twilio Auth Token, step by step.",
    discussion: """
      Without options everything happens on this machine: a simulated Twilio is started on a free loopback port and \
      called over real HTTP. With --live (or --twilio-url) it is done to the account in TWILIO_ACCOUNT_SID and \
      TWILIO_AUTH_TOKEN. No token is ever printed. The exit status is 0 only if everything was as expected.
      """)

  @Flag(help: "Use a real account at Twilio. Asks before it promotes.")
  var live = false

  @Option(
    name: .customLong("save-token-to"),
    help: ArgumentHelp(
      "Where the account's new token is written, to a new file of mode 0600; needed with --live.", valueName: "file"))
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      """
      Where the record is kept meanwhile: memory, sqlite:PATH for a file, or postgres:URL (or anything else that libpq \
      takes; best without a password in it, which others could see). Its key goes with the process.
      """,
      valueName: "store"))
  var store = StoreChoice.memory

  @Flag(help: "Show what the library logs, on standard error.")
  var verbose = false

  @OptionGroup var twilio: TwilioURLOption

  @OptionGroup var timings: TimingsOption

  private var usesEnvironment: Bool { live || twilio.url != nil }

  func validate() throws {
    if live, timings.preset == .fast {
      throw ValidationError("--timings fast is for a simulated Twilio: the real one may act later than it allows for.")
    }
    guard usesEnvironment == (tokenFile != nil) else {
      throw ValidationError(
        usesEnvironment
          ? "The promoted token will be the account's only one: say with --save-token-to where to write it."
          : "--save-token-to is for --live and --twilio-url; without them the account is a made-up one.")
    }
  }

  func run() async throws {
    let narrator = Narrator()
    do {
      if usesEnvironment, let tokenFile {
        let demo = try LiveDemo(
          narrator, environment: ProcessInfo.processInfo.environment, twilioURL: twilio.url, tokenFile: tokenFile,
          store: try await store.open(), timings: timings.preset?.timings, verbose: verbose)
        try await demo.run()
      } else {
        try await SimulatedDemo(
          narrator: narrator, store: try await store.open(), timings: timings.preset?.timings ?? .fast, verbose: verbose
        ).run()
      }
    } catch {
      narrator.gap()
      narrator.say(narrator.hasToldFailure ? "Stopped there." : "Stopped: \(error)")
      throw ExitCode.failure
    }
  }
}
