import ArgumentParser
import ExampleSupport
import Logging
import ServiceLifecycle
import TokenRotation
import TokenRotationSimulator

/// Serves until it is asked to end.
struct Receive: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take webhooks at /voice, on this machine only.",
    discussion: """
      The account is simulated, and its token is one that is made up: no real token belongs on a command line. Prints its \
      address when it is ready, with a signed webhook to try, and then a line for each webhook. Ends on SIGINT and SIGTERM.
      """)

  @Option(help: "The port; 0 for a free one.")
  var port = 0

  @Option(help: "The account's SID.")
  var account = "AC" + String(repeating: "5e", count: 16)

  @Option(help: "The account's Auth Token, 32 characters of 0-9 and a-f; made up by default.")
  var token: String?

  @Option(
    help: ArgumentHelp(
      "What stands in front of /voice in the address that is set up at Twilio; as the request says by default.",
      valueName: "url"))
  var baseURL: String?

  @Option(name: .customLong("for"), help: ArgumentHelp("End after this many seconds.", valueName: "seconds"))
  var lifetime: Double?

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
    if let lifetime, lifetime <= 0 || lifetime > 1e9 { throw ValidationError("A lifetime is a positive number.") }
  }

  func run() async throws {
    let sid = try AccountSID(account)
    let token = try AuthToken(parsing: token ?? Self.randomToken())
    let receiver = try await Receiver(
      providers: Self.providers(sid, token), address: baseURL.map { try .base($0) } ?? .asReceived)
    let server = receiver.server(port: port) { port in
      Terminal.print("webhook-receiver: listening on http://127.0.0.1:\(port)")
      Terminal.print("webhook-receiver: try \((try? sample(port, sid, token)) ?? "")")
    }
    var quiet = Logger(label: "webhook-receiver")
    quiet.logLevel = .error
    let services = ServiceGroup(configuration: .init(services: [server], logger: quiet))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      group.addTask {
        await waitForTermination(atMost: lifetime.map { .seconds($0) })
        await services.triggerGracefulShutdown()
      }
      try await group.waitForAll()
    }
    Terminal.print("webhook-receiver: ended")
  }

  /// A host's providers, with one account that a simulated Twilio vouches for.
  private static func providers(_ sid: AccountSID, _ token: AuthToken) async throws -> TwilioProviders {
    let twilio = TwilioSimulator(accounts: [SimulatedAccount(sid: sid, primary: token)])
    var configuration = TokenRotationConfiguration()
    configuration.logger.logLevel = .error
    let providers = try TwilioProviders(
      store: InMemoryProviderStore(),
      keyring: Keyring(sealingKey: .init(bytes: (0..<32).map { _ in .random(in: 0 ... .max) })),
      transport: twilio, configuration: configuration)
    _ = try await providers.register(accountSID: sid, authToken: token, name: "Support line")
    return providers
  }

  private static func randomToken() -> String {
    String((0..<32).compactMap { _ in "0123456789abcdef".randomElement() })
  }

  /// A command line that is a webhook, signed.
  private func sample(_ port: Int, _ sid: AccountSID, _ token: AuthToken) throws -> String {
    let url = "http://127.0.0.1:\(port)/voice"
    let parameters = [(name: "AccountSid", value: sid.description), (name: "Digits", value: "1234")]
    let signature = try WebhookSignature.sign(
      url: baseURL.map { $0 + "/voice" } ?? url, parameters: parameters, with: token)
    let form = parameters.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    return "curl -H 'X-Twilio-Signature: \(signature)' -d '\(form)' \(url)"
  }
}
