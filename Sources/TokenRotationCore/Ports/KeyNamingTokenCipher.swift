/// A cipher that can tell which key sealed a token, so that tokens can be counted by key and moved to another one.
///
/// A power that a ``TokenCipher`` may have beside its own. A key management service that rolls its keys by itself has no
/// need of it.
public protocol KeyNamingTokenCipher: TokenCipher {
  /// The key that new tokens are sealed with, as long as the cipher lives.
  var sealingKeyID: SealingKeyID { get }

  /// The other keys, which only open.
  var openingKeyIDs: [SealingKeyID] { get }

  /// The key that a token was sealed with, whether or not the cipher has it.
  ///
  /// Called for every token of a store, so it should ask nobody.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/sealedTokenTruncated`` or
  ///   ``TokenRotationError/Code/sealedTokenForeign`` for what no such cipher made.
  func keyID(of sealed: SealedToken) throws -> SealingKeyID
}
