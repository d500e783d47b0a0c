import Foundation

/// Runs what blocks on a thread of its own, so that the threads of Swift's tasks stay free.
package enum BlockingThread {
  /// Waits, without blocking, for what `body` gives or throws.
  package static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      start { continuation.resume(with: Swift.Result(catching: body)) }
    }
  }

  /// Starts `body` and does not wait.
  package static func start(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.stackSize = 512 * 1024
    thread.start()
  }
}
