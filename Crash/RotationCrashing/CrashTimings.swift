import TokenRotation

/// How long the waits are while processes are killed: as short as they can be and still hold on a machine that has other
/// things to do.
enum CrashTimings {
  /// Where each provider has one worker, which is killed.
  ///
  /// The simulator's `--timings fast` is the same.
  static let killed = RotationTimings.fast

  /// Where living workers must not lose their leases: several times what a write takes while all others write too.
  static func shared() throws -> RotationTimings {
    try RotationTimings(
      requestDeadline: .milliseconds(600), lateCalls: .milliseconds(100), propagation: .milliseconds(100),
      lease: .seconds(2), readersRefresh: .milliseconds(50))
  }
}
