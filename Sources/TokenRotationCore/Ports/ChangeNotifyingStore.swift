/// A store that tells when records change, so that readers need not ask again and again.
///
/// A power that a ``ProviderStore`` may have beside its own: it makes caches fresh sooner, and nothing is unsafe without
/// it.
public protocol ChangeNotifyingStore: ProviderStore {
  /// The records that change from now on, by whichever process.
  ///
  /// Every call gives a sequence of its own, which ends when the store goes. A change that was committed is told at least
  /// once; several of the same record may be told as one. Where changes may have been missed, because a connection was
  /// lost or a listener was too slow, ``ProviderChange/anything`` is told.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/storeFailed`` if the store cannot listen.
  func changes() async throws -> AsyncStream<ProviderChange>
}

/// What a ``ChangeNotifyingStore`` tells.
public enum ProviderChange: Hashable, Sendable {
  /// This record was inserted, replaced or removed.
  case record(ProviderID)
  /// Any record may have been.
  case anything
}

/// A step of a provider's life that was committed: what a durable store writes into its outbox, in the same transaction.
///
/// For hosts that have to react to each step exactly once. Changes of the name, the trunk or the verification are none,
/// nor are a worker's signs of life, nor is a token that is sealed anew with another key.
public struct ProviderTransition: Hashable, Sendable {
  /// What happened, as a stable label: `registered`, `removed`, `token_changed`, or `rotation_` and the phase that the
  /// rotation came to, such as `rotation_minted`.
  public let label: String

  /// Compares two states of a record, one of which followed right after the other.
  ///
  /// - Parameters:
  ///   - before: The record before; nil if it was inserted.
  ///   - after: The record after; nil if it was removed.
  /// - Returns: Nil if nothing happened that counts.
  public init?(from before: ProviderRecord?, to after: ProviderRecord?) {
    switch (before, after) {
    case (nil, nil): return nil
    case (nil, .some): label = "registered"
    case (.some, nil): label = "removed"
    case (let before?, let after?) where before.rotation.phase != after.rotation.phase:
      label = "rotation_\(after.rotation.phase.rawValue)"
    // A write that rewraps changes nothing else, so it cannot hide a new token.
    case (let before?, let after?) where before.token != after.token && before.rewrapCount == after.rewrapCount:
      label = "token_changed"
    case (.some, .some): return nil
    }
  }
}
