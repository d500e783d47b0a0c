/// The place in a record that a sealed token belongs to.
public enum TokenSlot: String, Hashable, Sendable, CaseIterable {
  /// The token in use.
  case current
  /// A secondary that a rotation created and has not promoted yet.
  case candidate
  /// A token that was given up while a rotation was open, and kept until the rotation is proven to be over.
  case givenUp
}
