import TokenRotation

/// The tokens that a record holds, opened by a cipher that was made for it.
struct HeldTokens: Sendable {
  let current: AuthToken
  /// All of them, the current one first.
  let all: [AuthToken]

  init(_ record: ProviderRecord, _ keyring: Keyring) throws {
    let cipher = try OpenSSLTokenCipher(keyring: keyring)
    func open(_ sealed: SealedToken, _ slot: TokenSlot) throws -> AuthToken {
      try cipher.open(
        sealed, for: SealingContext(providerID: record.id, accountSID: record.accountSID, slot: slot))
    }
    current = try open(record.token, .current)
    all =
      [current] + (try record.rotation.candidate.map { [try open($0, .candidate)] } ?? [])
      + (try record.rotation.givenUp.map { try open($0, .givenUp) })
  }
}
