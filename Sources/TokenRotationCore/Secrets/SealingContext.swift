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
    let count = encodedByteCount
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      encode(into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
      initializedCount = count
    }
  }

  /// How many bytes ``encoded`` has.
  package var encodedByteCount: Int {
    3 * 4 + providerID.byteCount + accountSID.byteCount + slot.rawValue.utf8.count
  }

  /// Writes ``encoded`` to memory of just that size: sealing and opening are too quick for an array on the way.
  package func encode(into memory: UnsafeMutableRawBufferPointer) {
    var rest = memory
    providerID.encode(to: &rest)
    accountSID.encode(to: &rest)
    slot.rawValue.encode(to: &rest)
  }
}

extension ProviderID {
  // Where the string is, as a copy of it would be one reference more to count.
  fileprivate var byteCount: Int { string.utf8.count }
  fileprivate func encode(to memory: inout UnsafeMutableRawBufferPointer) { string.encode(to: &memory) }
}

extension AccountSID {
  fileprivate var byteCount: Int { sid.string.utf8.count }
  fileprivate func encode(to memory: inout UnsafeMutableRawBufferPointer) { sid.string.encode(to: &memory) }
}

extension String {
  /// Writes the length and the bytes, and leaves in `memory` what is behind them.
  @inline(__always)
  fileprivate func encode(to memory: inout UnsafeMutableRawBufferPointer) {
    let count = utf8.count
    memory.storeBytes(of: UInt32(count).bigEndian, as: UInt32.self)
    let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[4..<(4 + count)])
    if utf8.withContiguousStorageIfAvailable({ bytes.copyMemory(from: UnsafeRawBufferPointer($0)) }) == nil {
      bytes.copyBytes(from: utf8)
    }
    memory = UnsafeMutableRawBufferPointer(rebasing: memory[(4 + count)...])
  }
}
