#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The keys that a host configures: one that seals and any number that still open.
///
/// Roll a key in two phases. First give every process the new key behind the old one, so that all can open what it will
/// seal. Then put the new one first everywhere. The old one may go once no record uses it any more.
///
/// A key is 32 random bytes (`openssl rand -base64 32`). Each key's identity and the key that really encrypts are
/// derived from it by the cipher, so nothing that is stored tells anything of it.
public struct Keyring: Sendable {
  /// One configured key.
  public struct Key: Sendable {
    /// How many bytes a key has.
    public static let byteCount = 32

    package let bytes: SecretBytes

    /// Takes a key's 32 bytes.
    ///
    /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keyMalformed`` for any other number.
    public init(bytes: some Sequence<UInt8>) throws {
      try self.init(SecretBytes(bytes))
    }

    /// Takes a key as base64 of its 32 bytes.
    ///
    /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keyMalformed`` for anything else.
    public init(base64: some StringProtocol) throws {
      guard var data = Data(base64Encoded: String(base64)) else {
        throw TokenRotationError(
          .keyMalformed, "A key of the keyring is not base64. Make one with `openssl rand -base64 32`.")
      }
      defer { data.withUnsafeMutableBytes(SecretBytes.erase) }
      try self.init(SecretBytes(data))
    }

    private init(_ bytes: SecretBytes) throws {
      guard bytes.count == Self.byteCount else {
        throw TokenRotationError(
          .keyMalformed,
          "A key of the keyring has \(bytes.count) bytes instead of \(Self.byteCount). "
            + "Make one with `openssl rand -base64 32`.")
      }
      self.bytes = bytes
    }

    /// Lends the key's bytes for the time of `body`; the pointer must not leave it.
    public func withUnsafeBytes<Result, Failure: Error>(
      _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      try bytes.withUnsafeBytes(body)
    }
  }

  /// The key that new tokens are sealed with.
  public let sealingKey: Key

  /// Older keys, which only open.
  public let openingKeys: [Key]

  /// Makes a keyring from keys that the host read itself, from a secret manager for example.
  ///
  /// - Parameters:
  ///   - sealingKey: The key that seals, and opens what it sealed.
  ///   - openingKeys: Older keys, in any order.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keyDuplicate`` if a key is there twice.
  public init(sealingKey: Key, openingKeys: [Key] = []) throws {
    let all = [sealingKey] + openingKeys
    for index in all.indices {
      for earlier in all[..<index] where earlier.bytes.equalsInConstantTime(all[index].bytes) {
        throw TokenRotationError(
          .keyDuplicate,
          "Key \(index + 1) of the keyring is there twice. Remove one; if it was meant to be a new key, make a new one."
        )
      }
    }
    self.sealingKey = sealingKey
    self.openingKeys = openingKeys
  }

  package init(base64Keys: [some StringProtocol], source: String) throws {
    let keys = try base64Keys.map { try Key(base64: $0) }
    guard let first = keys.first else {
      throw TokenRotationError(
        .keyringMissing, "\(source) holds no key. Make one with `openssl rand -base64 32` and put it there.")
    }
    try self.init(sealingKey: first, openingKeys: Array(keys.dropFirst()))
  }
}

extension Keyring: CustomStringConvertible, CustomReflectable {
  /// The number of keys.
  public var description: String { "<keyring of \(1 + openingKeys.count)>" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension Keyring.Key: CustomStringConvertible, CustomReflectable {
  /// Always `<redacted>`.
  public var description: String { "<redacted>" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
