/// The place in a record that a sealed token belongs to.
public enum TokenSlot: String, Hashable, Sendable, CaseIterable {
  /// The token in use.
  case current
  /// A secondary that a rotation created and has not promoted yet.
  case candidate
}

/// Whose token is sealed, and where it is kept: a token opens in the context in which it was sealed and in no other.
///
/// A cipher binds ``encoded`` into what it seals (as associated data, or as a key management service's encryption
/// context). A row that is copied to another provider, another account or another slot then does not open.
public struct SealingContext: Hashable, Sendable {
  /// The provider whose record holds the token.
  public var providerID: ProviderID
  /// The account that the token authenticates.
  public var accountSID: AccountSID
  /// Where in the record it is kept.
  public var slot: TokenSlot

  /// Names the place of one token.
  public init(providerID: ProviderID, accountSID: AccountSID, slot: TokenSlot) {
    self.providerID = providerID
    self.accountSID = accountSID
    self.slot = slot
  }

  /// The context as bytes: each part preceded by its length (four bytes, big-endian), so that no two contexts give the
  /// same bytes.
  public var encoded: [UInt8] {
    let parts = (providerID.description.utf8, accountSID.description.utf8, slot.rawValue.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(3 * 4 + parts.0.count + parts.1.count + parts.2.count)
    bytes.append(lengthPrefixed: parts.0)
    bytes.append(lengthPrefixed: parts.1)
    bytes.append(lengthPrefixed: parts.2)
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(lengthPrefixed part: String.UTF8View) {
    Swift.withUnsafeBytes(of: UInt32(part.count).bigEndian) { append(contentsOf: $0) }
    append(contentsOf: part)
  }
}
