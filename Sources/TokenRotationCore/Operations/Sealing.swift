extension TwilioProviders {
  /// Seals with the host's cipher, and makes its errors into this package's.
  func seal(_ token: AuthToken, for context: SealingContext) async throws -> SealedToken {
    try await cipher.sealChecked(token, for: context)
  }

  /// Opens with the host's cipher, and makes its errors into this package's.
  func open(_ sealed: SealedToken, for context: SealingContext) async throws -> AuthToken {
    try await cipher.openChecked(sealed, for: context)
  }
}

extension TokenCipher {
  /// Seals, and makes the cipher's errors into this package's.
  fileprivate func sealChecked(_ token: AuthToken, for context: SealingContext) async throws -> SealedToken {
    try await ciphering { try await seal(token, for: context) }
  }

  /// Opens, and makes the cipher's errors into this package's.
  func openChecked(_ sealed: SealedToken, for context: SealingContext) async throws -> AuthToken {
    try await ciphering { try await open(sealed, for: context) }
  }

  private func ciphering<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error where !(error is TokenRotationError || error is CancellationError) {
      throw TokenRotationError(.cipherFailed, "The cipher failed. The stored token is as it was.", cause: error)
    }
  }
}
