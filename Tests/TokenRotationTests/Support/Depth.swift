import Testing
import TokenRotation
import TokenRotationSimulator

/// How deep a test of the operations goes: the same simulator, farther and farther away.
enum Depth: String, CaseIterable, Sendable {
  /// Called directly.
  case memory

  /// Makes a host whose simulator is that far away, for the time of `body`.
  func withBench(_ body: (Bench) async throws -> Void) async throws {
    switch self {
    case .memory:
      try await body(Bench())
    }
  }
}
