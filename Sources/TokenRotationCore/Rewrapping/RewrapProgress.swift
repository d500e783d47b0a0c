/// How far the tokens of a store have been moved to the sealing key.
public struct RewrapProgress: Sendable {
  /// How many providers were looked at.
  public internal(set) var examined = 0
  /// How many tokens were sealed anew.
  public internal(set) var rewrapped = 0
  /// How many providers a worker holds whose tokens are waited for.
  public internal(set) var waiting = 0
  /// Providers that were left as they are because a worker holds them and shows no sign of life.
  ///
  /// Resume their rotations, then rewrap again.
  public internal(set) var held: [ProviderID] = []
  /// Providers with a token that could not be moved, and why.
  public internal(set) var failures: [ProviderID: TokenRotationError] = [:]

  /// Whether nothing is left to do.
  public var isComplete: Bool { waiting == 0 && held.isEmpty && failures.isEmpty }
}
