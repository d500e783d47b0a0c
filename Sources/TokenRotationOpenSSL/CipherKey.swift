import TokenRotationCore

/// What the cipher makes of one configured key.
///
/// A class, because a token is sealed in little more than a microsecond, of which counting references is a good part.
final class CipherKey: Sendable {
  let id: KeyID
  private let algorithm: XAES256GCM

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

  /// Seals a token into an envelope that names this key.
  func seal(
    _ token: AuthToken, for context: SealingContext,
    fillingNonce fillNonce: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws -> SealedToken {
    try unsafe withAssociatedData(context) { associatedData in
      try unsafe token.withUnsafeBytes { token in
        let count = Envelope.overhead + token.count
        // An array of bytes that are there takes half the time of one to be filled.
        return try unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { envelope in
          unsafe envelope[0] = Envelope.version
          unsafe id.copy(to: UnsafeMutableRawBufferPointer(rebasing: envelope[Envelope.keyID]))
          let nonce = unsafe UnsafeMutableRawBufferPointer(rebasing: envelope[Envelope.nonce])
          try unsafe fillNonce(nonce)
          try unsafe algorithm.seal(
            token, nonce: UnsafeRawBufferPointer(nonce), associatedData: associatedData,
            into: UnsafeMutableRawBufferPointer(rebasing: envelope[Envelope.ciphertextStart...]))
          return SealedToken(bytes: unsafe Array(envelope))
        }
      }
    }
  }

  /// Opens an envelope that names this key.
  ///
  /// - Throws: `TokenRotationError` with the code `sealedTokenAltered` or `cipherFailed`.
  func open(_ envelope: UnsafeRawBufferPointer, for context: SealingContext) throws -> AuthToken {
    try unsafe withAssociatedData(context) { associatedData in
      let secret = try unsafe SecretBytes(count: envelope.count - Envelope.overhead) { plaintext in
        let isAuthentic = try unsafe algorithm.open(
          UnsafeRawBufferPointer(rebasing: envelope[Envelope.ciphertextStart...]),
          nonce: UnsafeRawBufferPointer(rebasing: envelope[Envelope.nonce]),
          associatedData: associatedData,
          into: plaintext)
        guard isAuthentic else {
          throw TokenRotationError(
            .sealedTokenAltered,
            "The sealed token was altered, or copied from another provider, account or slot. Restore the record, "
              + "or set the token anew.")
        }
      }
      return try AuthToken(issued: secret)
    }
  }

  /// More than the longest provider id, 128 characters of four bytes, makes of it.
  private static let associatedDataLimit = 1024

  /// Assembles the associated data of a token under this key, on the stack, and lends it for the time of `body`.
  @inline(__always)
  private func withAssociatedData<Result>(
    _ context: SealingContext, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let prefixCount = associatedDataPrefix.count
    let contextCount = context.encodedByteCount
    let count = prefixCount + 4 + contextCount
    guard count <= Self.associatedDataLimit else {
      throw TokenRotationError(.cipherFailed, "\(count) bytes of associated data are more than any context has.")
    }
    // Of a size that is known beforehand: with any other one, the context's strings are copied for the closure.
    return try unsafe withUnsafeTemporaryAllocation(byteCount: Self.associatedDataLimit, alignment: 4) { data in
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
