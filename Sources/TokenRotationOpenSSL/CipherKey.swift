import TokenRotationCore

/// What the cipher makes of one configured key.
struct CipherKey: Sendable {
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

  /// Assembles the associated data of a token under this key and lends it for the time of `body`.
  func withAssociatedData<Result>(
    _ context: SealingContext, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let encoded = context.encoded
    var data: [UInt8] = []
    data.reserveCapacity(associatedDataPrefix.count + 4 + encoded.count)
    data += associatedDataPrefix
    data.append(bigEndian: encoded.count)
    data += encoded
    return try unsafe data.withUnsafeBytes(body)
  }

  private static func lengthPrefixed(_ part: some Collection<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: part.count)
    return bytes + part
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian count: Int) {
    for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: count >> shift)) }
  }
}
