import ExampleSupport
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import TokenRotation
import TokenRotationHummingbird
import UnixSignals

@main
struct ProviderServer {
  static func main() async {
    if CommandLine.arguments.contains("--help") { return Terminal.print(ServerSettings.usage) }
    do {
      let settings = try ServerSettings(arguments: CommandLine.arguments)
      do {
        try await run(settings)
      } catch let error as IOError where error.errnoCode == EADDRINUSE {
        throw ServerSettings.Mistake(description: "Port \(settings.port) is taken. Choose another one with --port.")
      }
    } catch {
      FileHandle.standardError.write(Data("provider-server: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func run(_ settings: ServerSettings) async throws {
    let logger = Logger(label: "provider-server") { StreamLogHandler.standardError(label: $0) }
    let store = try await settings.store.open()
    let providers = try TwilioProviders(
      store: store, keyring: .environment(),
      configuration: TokenRotationConfiguration(
        endpoints: settings.endpoints, timings: settings.timings,
        // Whoever chooses a store in memory has been told what goes with the process.
        allowsTokenLossWithProcess: settings.store == .memory, logger: logger))
    // Better not to start than to find out call by call that a key is missing.
    try await providers.checkKeys()
    // Everybody who has the token may do everything: a server with tenants asks whose the provider is.
    let endpoints = ProviderEndpoints<Operator>(providers: providers) { _, _, _ in true }

    let router = Router()
    router.add(middleware: RequestLog())
    router.add(
      middleware: ProviderEndpointsMiddleware(endpoints) { request, _ in
        Operator(request.headers[.authorization], token: settings.token)
      })
    addHealth(to: router, store)

    let application = Application(
      router: router,
      configuration: .init(address: .hostname(settings.host, port: settings.port)),
      onServerRunning: { channel in
        Terminal.print("provider-server: listening on http://\(settings.host):\(channel.localAddress?.port ?? 0)")
      },
      logger: logger)
    // Ended in reverse order: first what keeps requests waiting, then the server, which answers those it has.
    let services: [any Service] = [
      application, RotationResumer(providers: providers, interval: settings.resumesEvery, logger: logger),
      EndpointsService(endpoints: endpoints),
    ]
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
  }

  private static func addHealth(to router: Router<BasicRequestContext>, _ store: any ProviderStore) {
    router.get("health/live") { _, _ in "up\n" }
    router.get("health/ready") { _, context in
      do {
        _ = try await store.page(after: nil, limit: 1)
        return Response(status: .ok, body: .init(byteBuffer: .init(string: "ready\n")))
      } catch {
        context.logger.warning("Not ready", metadata: ["error": "\(error)"])
        return Response(status: .serviceUnavailable, body: .init(byteBuffer: .init(string: "the store fails\n")))
      }
    }
  }
}

/// Whoever has the server's token.
struct Operator: Sendable {
  /// Nil unless the header is `Bearer` and the token.
  init?(_ authorization: String?, token: AuthToken) {
    let parts = authorization?.split(separator: " ", maxSplits: 1) ?? []
    guard parts.count == 2, parts[0].lowercased() == "bearer", let shown = try? AuthToken(issued: parts[1].utf8),
      shown == token
    else { return nil }
  }
}
