import Configuration
import ExampleSupport
import TokenRotation

/// What the server is told: on the command line, else by environment variables that begin with `PROVIDER_SERVER_`.
struct ServerSettings {
  /// Something that was told wrong, in a sentence for whoever started the server.
  struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  let store: StoreChoice
  let host: String
  let port: Int
  let endpoints: TwilioEndpoints
  let timings: RotationTimings
  let resumesEvery: Duration
  /// What callers have to show, as a secret that is compared in constant time.
  let token: AuthToken

  static let usage = """
    provider-server: the REST endpoints for Twilio providers, in one process.

      --store STORE        sqlite:PATH (sqlite:provider-server.sqlite unless told), postgres:CONNECTION, or memory
      --host HOST          the address to listen on (127.0.0.1); TLS is a proxy's business
      --port PORT          the port; 0 for a free one (8080)
      --twilio-url URL     send all calls for Twilio to this address
      --timings TIMINGS    standard, as is right for Twilio, or fast, for a simulated one
      --resume-every N     seconds between looks for rotations that were interrupted (60)

    Each is read from the environment as well: PROVIDER_SERVER_STORE, PROVIDER_SERVER_PORT, …
    Always from the environment, for secrets do not belong on a command line:
      PROVIDER_SERVER_TOKEN  what callers send as 'Authorization: Bearer …', at least 16 characters
      TOKEN_ROTATION_KEYS    the keys that tokens are sealed with: export TOKEN_ROTATION_KEYS="$(openssl rand -base64 32)"
    """

  private static let options: Set<String> = ["store", "host", "port", "twilio-url", "timings", "resume-every"]

  init(arguments: [String]) throws {
    try Self.check(arguments)
    let environment = EnvironmentVariablesProvider(secretsSpecifier: .specific(["PROVIDER_SERVER_TOKEN"]))
      .prefixKeys(with: ["provider", "server"])
    let config = ConfigReader(providers: [CommandLineArgumentsProvider(arguments: arguments), environment])

    let store = config.string(forKey: "store", default: "sqlite:provider-server.sqlite")
    guard let store = StoreChoice(argument: store) else {
      throw Mistake(description: "--store is sqlite:PATH, postgres:CONNECTION or memory.")
    }
    self.store = store
    host = config.string(forKey: "host", default: "127.0.0.1")
    port = try Self.number(config, "port", default: 8080, in: 0...65_535)
    resumesEvery = .seconds(try Self.number(config, ["resume", "every"], default: 60, in: 1...86_400))
    endpoints = try config.string(forKey: ["twilio", "url"]).map { try .redirected(to: $0) } ?? .twilio
    switch config.string(forKey: "timings", default: "standard") {
    case "standard": timings = .standard
    case "fast": timings = .fast
    default: throw Mistake(description: "--timings is standard or fast.")
    }
    // From the environment alone, whatever the command line says.
    let secrets = ConfigReader(provider: environment)
    guard let token = secrets.string(forKey: "token", isSecret: true), token.utf8.count >= 16 else {
      throw Mistake(
        description: "Set PROVIDER_SERVER_TOKEN to what callers have to send, 16 characters or more: "
          + "export PROVIDER_SERVER_TOKEN=\"$(openssl rand -hex 32)\"")
    }
    self.token = try AuthToken(issued: token.utf8)
  }

  private static func check(_ arguments: [String]) throws {
    var isValue = false
    for argument in arguments.dropFirst() {
      if isValue {
        isValue = false
        continue
      }
      let name = argument.dropFirst(2).prefix { $0 != "=" }
      guard argument.hasPrefix("--"), options.contains(String(name)) else {
        // What does not look like one may be a secret that slipped.
        let isOption = argument.hasPrefix("--") && name.count <= 16 && name.allSatisfy { $0.isLetter || $0 == "-" }
        let what = isOption ? "option --\(name)" : "such option"
        throw Mistake(description: "There is no \(what). --help tells which ones there are.")
      }
      isValue = !argument.contains("=")
    }
    if isValue { throw Mistake(description: "The last option has no value.") }
  }

  private static func number(
    _ config: ConfigReader, _ key: ConfigKey, default value: Int, in range: ClosedRange<Int>
  ) throws -> Int {
    guard let text = config.string(forKey: key) else { return value }
    guard let number = Int(text), range.contains(number) else {
      let name = key.components.joined(separator: "-")
      throw Mistake(description: "--\(name) is a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }
}
