import Logging
import ServiceLifecycle
import TokenRotation

/// Finishes rotations that were interrupted: when the server starts, and while it runs.
struct RotationResumer: Service {
  let providers: TwilioProviders
  let interval: Duration
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          for case (let id, .failure(let error)) in try await providers.resumeAllRotations() {
            // A rotation that another process works on is in good hands.
            let isBusy = (error as? TokenRotationError)?.code == .rotationInProgress
            logger.log(
              level: isBusy ? .debug : .warning, "A rotation was not resumed",
              metadata: ["provider_id": "\(id)", "error": "\(error)"])
          }
        } catch is CancellationError {
          return
        } catch {
          logger.warning("Rotations could not be looked for", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: interval)
      }
    }
  }
}

/// Breaks off, when the server ends, the rotations that requests have begun; the next start resumes them.
struct EndpointsService: Service {
  let endpoints: ProviderEndpoints<Operator>

  func run() async throws {
    try? await gracefulShutdown()
    await endpoints.shutdown()
  }
}
