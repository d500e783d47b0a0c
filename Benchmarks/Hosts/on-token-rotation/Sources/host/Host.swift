import TokenRotation

/// A tiny host: asks the server that it is told a thousand times for an account.
@main
enum Host {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let (server, accountSID, token) = (arguments[1], try AccountSID(arguments[2]), try AuthToken(parsing: arguments[3]))
    let providers = try TwilioProviders(
      store: InMemoryProviderStore(), keyring: .environment(),
      configuration: TokenRotationConfiguration(endpoints: .redirected(to: server)))
    let provider = try await providers.register(accountSID: accountSID, authToken: token, name: "Benchmark")
    for _ in 1..<1000 {
      guard case .accepted = try await providers.validateAuthToken(token, for: provider.id) else {
        preconditionFailure("The server answers otherwise.")
      }
    }
  }
}
