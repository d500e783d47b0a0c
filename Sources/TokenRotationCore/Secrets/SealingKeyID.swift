/// Names a key that tokens are sealed with, and tells nothing of it.
///
/// What the name looks like is the cipher's to say: the default one's are 32 hexadecimal characters that it derives from
/// the configured key, a key management service has names of its own.
public struct SealingKeyID: RawRepresentable, Hashable, Sendable {
  /// The name.
  public let rawValue: String

  /// Wraps a name, such as one that a person read off a ``KeyUsage``.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }
}

extension SealingKeyID: Comparable, CustomStringConvertible {
  /// Orders by name.
  public static func < (left: SealingKeyID, right: SealingKeyID) -> Bool { left.rawValue < right.rawValue }

  /// The name itself.
  public var description: String { rawValue }
}
