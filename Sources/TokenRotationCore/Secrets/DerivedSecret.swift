import Synchronization

/// What is derived from a secret, kept beside it: derived once, erased when the last owner lets go of it.
///
/// For what takes long beside its use, such as a key that has to be hashed before a message can be.
package final class DerivedSecret: Sendable {
  private final class Holder: Sendable {
    let bytes: SecretBytes
    init(_ bytes: SecretBytes) { self.bytes = bytes }
  }

  private let holder = AtomicLazyReference<Holder>()

  package init() {}

  /// The derived bytes.
  ///
  /// - Parameter derive: Derives them; several callers may do so at the same time, and what the first one gives stays.
  package func bytes(derivedBy derive: () throws -> SecretBytes) rethrows -> SecretBytes {
    if let holder = holder.load() { return holder.bytes }
    return holder.storeIfNil(Holder(try derive())).bytes
  }
}
