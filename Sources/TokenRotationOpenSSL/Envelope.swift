import TokenRotationCore

/// Where things are in a sealed token, version 1:
/// `version (1) ‖ key id (16) ‖ nonce (24) ‖ ciphertext (as long as the token) ‖ tag (16)`.
enum Envelope {
  static let version: UInt8 = 0x01

  static let keyID = 1..<(1 + KeyID.byteCount)
  static let nonce = keyID.upperBound..<(keyID.upperBound + XAES256GCM.nonceByteCount)
  static let ciphertextStart = nonce.upperBound

  /// By how many bytes a sealed token is longer than the token.
  static let overhead = ciphertextStart + XAES256GCM.tagByteCount

  /// The key id of a sealed token that has the form of version 1.
  ///
  /// - Throws: `TokenRotationError` with the code `sealedTokenTruncated` or `sealedTokenForeign`.
  static func keyID(of envelope: UnsafeRawBufferPointer) throws -> KeyID {
    // A token has one byte at least.
    guard envelope.count > overhead else {
      throw TokenRotationError(
        .sealedTokenTruncated,
        "The sealed token has \(envelope.count) bytes and needs more than \(overhead). "
          + "Look for a column that is too short, or restore the record.")
    }
    let version = unsafe envelope[0]
    guard version == Self.version else {
      throw TokenRotationError(
        .sealedTokenForeign,
        "The sealed token has version \(version); this release opens version \(Self.version). "
          + "It was sealed by another cipher or a later release.")
    }
    return unsafe KeyID(UnsafeRawBufferPointer(rebasing: envelope[keyID]))
  }
}
