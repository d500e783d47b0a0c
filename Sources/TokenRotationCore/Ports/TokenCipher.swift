/// Seals Auth Tokens for storage and opens them again.
///
/// `TokenRotationOpenSSL` has the default adopter, with a key that the host configures. Write your own to let a key
/// management service do it; both methods are `async` for that.
///
/// An adopter has to keep three promises.
/// - **Opening gives what was sealed, or throws.** A sealed token that was altered in any bit does not open.
/// - **A token opens in its context only.** ``SealingContext/encoded`` goes in as associated data (an encryption
///   context, for a service), so that a row copied to another provider, account or slot does not open.
/// - **No secret gets out.** Not in an error, not in a log.
///
/// A complete adopter, for a service with one call for each direction:
/// ```swift
/// struct ServiceCipher: TokenCipher {
///   let encrypt: @Sendable (_ plaintext: [UInt8], _ context: [UInt8]) async throws -> [UInt8]
///   let decrypt: @Sendable (_ ciphertext: [UInt8], _ context: [UInt8]) async throws -> [UInt8]
///
///   func seal(_ token: AuthToken, for context: SealingContext) async throws -> SealedToken {
///     let plaintext = token.withUnsafeBytes { Array($0) }
///     return SealedToken(bytes: try await encrypt(plaintext, context.encoded))
///   }
///
///   func open(_ sealed: SealedToken, for context: SealingContext) async throws -> AuthToken {
///     try AuthToken(issued: await decrypt(sealed.bytes, context.encoded))
///   }
/// }
/// ```
public protocol TokenCipher: Sendable {
  /// Encrypts a token for the place that `context` names.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/cipherFailed``; nothing was changed.
  func seal(_ token: AuthToken, for context: SealingContext) async throws -> SealedToken

  /// Decrypts a token that was sealed for the same context.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/sealedTokenTruncated``,
  ///   ``TokenRotationError/Code/sealedTokenForeign``, ``TokenRotationError/Code/sealedTokenKeyUnknown``,
  ///   ``TokenRotationError/Code/sealedTokenAltered`` or ``TokenRotationError/Code/cipherFailed``.
  func open(_ sealed: SealedToken, for context: SealingContext) async throws -> AuthToken
}
