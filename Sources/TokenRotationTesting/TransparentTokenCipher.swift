public import TokenRotationCore

/// A cipher that hides nothing: for tests that have no keys, and never for anything else.
///
/// It keeps the one promise of a cipher that does not need cryptography, that a token opens in its own context only.
/// The token stands in the clear in what it seals.
public struct TransparentTokenCipher: TokenCipher {
  private static let mark: UInt8 = 0xFF

  /// Makes a cipher.
  public init() {}

  /// Puts the context before the token.
  public func seal(_ token: AuthToken, for context: SealingContext) async throws -> SealedToken {
    SealedToken(bytes: [Self.mark] + context.encoded + token.withUnsafeBytes { Array($0) })
  }

  /// Takes the context off again.
  ///
  /// - Throws: `TokenRotationError` with the code `sealedTokenForeign` or `sealedTokenAltered`.
  public func open(_ sealed: SealedToken, for context: SealingContext) async throws -> AuthToken {
    guard sealed.bytes.first == Self.mark else {
      throw TokenRotationError(.sealedTokenForeign, "This is not a token that the test cipher sealed.")
    }
    guard sealed.bytes.dropFirst().starts(with: context.encoded) else {
      throw TokenRotationError(.sealedTokenAltered, "The token was sealed for another provider, account or slot.")
    }
    return try AuthToken(issued: sealed.bytes.dropFirst(1 + context.encoded.count))
  }
}
