import TokenRotationCore

/// What the cipher makes of one configured key.
///
/// A class, because a token is sealed in little more than a microsecond, of which counting references is a good part.
final class CipherKey: Sendable {
  let id: KeyID
  let algorithm: XAES256GCM

  /// The part of the associated data that is the same for all tokens under this key: a label, which keeps these
  /// messages apart from any others that a host might encrypt, and the envelope's version and key id, each preceded by
  /// its length.
  private let associatedDataPrefix: [UInt8]

  init(_ key: Keyring.Key) throws {
    let sealingKey = try LibCrypto.hkdfSHA256(
      key.bytes, label: "swift-token-rotation v1 sealing key", count: XAES256GCM.keyByteCount)
    let id = try LibCrypto.hkdfSHA256(key.bytes, label: "swift-token-rotation v1 key id", count: KeyID.byteCount)
    algorithm = try XAES256GCM(key: sealingKey)
    self.id = unsafe id.withUnsafeBytes { unsafe KeyID($0) }
    associatedDataPrefix =
      unsafe Self.lengthPrefixed("swift-token-rotation sealed token".utf8)
      + Self.lengthPrefixed([Envelope.version] + id.withUnsafeBytes { unsafe Array($0) })
  }

  /// Assembles the associated data of a token under this key, on the stack, and lends it for the time of `body`.
  @inline(__always)
  func withAssociatedData<Result>(
    _ context: SealingContext, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let prefixCount = associatedDataPrefix.count
    let contextCount = context.encodedByteCount
    let count = prefixCount + 4 + contextCount
    return try unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 4) { data in
      unsafe data.copyBytes(from: associatedDataPrefix)
      unsafe data.storeBytes(of: UInt32(contextCount).bigEndian, toByteOffset: prefixCount, as: UInt32.self)
      unsafe context.encode(into: UnsafeMutableRawBufferPointer(rebasing: data[(prefixCount + 4)..<count]))
      return try unsafe body(UnsafeRawBufferPointer(rebasing: data[..<count]))
    }
  }

  private static func lengthPrefixed(_ part: some Collection<UInt8>) -> [UInt8] {
    unsafe withUnsafeBytes(of: UInt32(part.count).bigEndian) { length in unsafe Array(length) } + part
  }
}
