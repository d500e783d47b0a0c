public import TokenRotationCore

/// Seals tokens with keys that the host configures, by XAES-256-GCM on OpenSSL: the default ``TokenCipher``.
///
/// A sealed token is bound to its provider, account and slot and to the key that sealed it, and no bit of it can be
/// changed unnoticed. What is not noticed is an older sealed token put back in the same place.
///
/// The key that encrypts and the id that is stored beside are both derived from the configured key, so an id tells
/// nothing of a key, and a key is found by its id and never guessed.
///
/// Neither method waits for anything, so both can be called without `await` where the type is known. Safe to share
/// between any number of tasks.
public struct OpenSSLTokenCipher: KeyNamingTokenCipher {
  private let sealingKey: CipherKey
  private let openingKeys: [CipherKey]

  /// Prepares the keys of a keyring.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/cipherFailed`` if OpenSSL lacks an
  ///   algorithm or memory.
  public init(keyring: Keyring) throws {
    sealingKey = try CipherKey(keyring.sealingKey)
    openingKeys = try keyring.openingKeys.map(CipherKey.init)
  }

  /// Encrypts a token for the place that `context` names, with the keyring's sealing key and a random nonce.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/cipherFailed``.
  public func seal(_ token: AuthToken, for context: SealingContext) throws -> SealedToken {
    try unsafe seal(token, for: context, fillingNonce: LibCrypto.randomize)
  }

  /// Decrypts a token that was sealed for the same context with a key of the keyring.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/sealedTokenTruncated`` if it is shorter
  ///   than any can be, ``TokenRotationError/Code/sealedTokenForeign`` if another cipher or release made it,
  ///   ``TokenRotationError/Code/sealedTokenKeyUnknown``, ``TokenRotationError/Code/sealedTokenAltered`` if it was
  ///   altered or copied from elsewhere, or ``TokenRotationError/Code/cipherFailed``.
  public func open(_ sealed: SealedToken, for context: SealingContext) throws -> AuthToken {
    try unsafe sealed.bytes.withUnsafeBytes { envelope in
      let id = try unsafe Envelope.keyID(of: envelope)
      // Not by way of a variable, which would be one reference more to count.
      if id == sealingKey.id { return try unsafe sealingKey.open(envelope, for: context) }
      return try unsafe openingKey(named: id).open(envelope, for: context)
    }
  }

  /// The name of the key that new tokens are sealed with: the first one of the keyring.
  public var sealingKeyID: SealingKeyID { sealingKey.id.name }

  /// The names of the other keys, in the keyring's order.
  public var openingKeyIDs: [SealingKeyID] { openingKeys.map(\.id.name) }

  /// The name of the key that a token was sealed with, whether or not the keyring has it.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/sealedTokenTruncated`` or
  ///   ``TokenRotationError/Code/sealedTokenForeign``.
  public func keyID(of sealed: SealedToken) throws -> SealingKeyID {
    try unsafe sealed.bytes.withUnsafeBytes { try unsafe Envelope.keyID(of: $0).name }
  }

  /// Seals with a nonce that is filled in by the caller, who answers for its never coming twice.
  package func seal(
    _ token: AuthToken, for context: SealingContext,
    fillingNonce fillNonce: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws -> SealedToken {
    try unsafe sealingKey.seal(token, for: context, fillingNonce: fillNonce)
  }

  private func openingKey(named id: KeyID) throws -> CipherKey {
    guard let key = openingKeys.first(where: { $0.id == id }) else {
      throw TokenRotationError(
        .sealedTokenKeyUnknown,
        "The token was sealed with the key \(id), which is not in the keyring. Put that key back behind the first one.")
    }
    return key
  }
}

extension OpenSSLTokenCipher: CustomStringConvertible, CustomReflectable {
  /// The ids of the keys.
  public var description: String {
    "<cipher with the keys \(([sealingKeyID] + openingKeyIDs).map(\.rawValue).joined(separator: ", "))>"
  }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
