extension TwilioProviders {
  /// Counts the stored tokens by the key that seals them.
  ///
  /// Pages through the store and opens nothing. What others write meanwhile may or may not be counted.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keysNotNamed`` if the cipher is no
  ///   ``KeyNamingTokenCipher``, or `storeFailed` if the store cannot be paged through; `CancellationError`.
  public func keyUsage() async throws -> KeyUsage {
    try await instruments.observe(.keyUsage) { try await countedKeys() }
  }

  /// Expects the keyring to have every key that stored tokens are sealed with: what to call when a process starts.
  ///
  /// A token whose key is missing would be found out when it is needed, and not before.
  ///
  /// - Returns: How many tokens each key seals.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keyMissing``, which names the keys that are
  ///   missing and counts their tokens, and else as ``keyUsage()``.
  @discardableResult
  public func checkKeys() async throws -> KeyUsage {
    try await instruments.observe(.checkKeys) {
      let usage = try await countedKeys()
      try usage.requireComplete()
      return usage
    }
  }

  /// Expects that no stored token needs a key: what to call before it is taken out of the keyring.
  ///
  /// It speaks for what is stored now. A process that still seals with that key could use it again right after, so every
  /// process has to seal with another one before.
  ///
  /// - Parameter key: The key, by the name that ``keyUsage()`` gives it.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keyInUse``, which counts the tokens that the
  ///   key still seals, or `recordUnreadable` if there are providers of which nobody can tell the key; and else as
  ///   ``keyUsage()``.
  public func checkUnused(_ key: SealingKeyID) async throws {
    try await instruments.observe(.checkUnused) { try await countedKeys().requireUnused(key) }
  }

  private func countedKeys() async throws -> KeyUsage {
    let cipher = try keyNamingCipher()
    var counts: [SealingKeyID: Int] = [:]
    var unattributed: [ProviderID] = []
    var last: ProviderID?
    repeat {
      try Task.checkCancellation()
      let page = try await store.page(after: last, limit: 100)
      unattributed += page.unreadable
      for record in page.records.map(\.record) {
        let tokens = record.sealedTokens
        let keys = tokens.compactMap { try? cipher.keyID(of: $0.sealed) }
        for key in keys { counts[key, default: 0] += 1 }
        if keys.count < tokens.count { unattributed.append(record.id) }
      }
      last = page.next
    } while last != nil
    return KeyUsage(counts, unattributed: unattributed, of: cipher)
  }

  func keyNamingCipher() throws -> any KeyNamingTokenCipher {
    guard let cipher = cipher as? any KeyNamingTokenCipher else {
      throw TokenRotationError(
        .keysNotNamed,
        "The cipher does not tell which key sealed a token: it is no `KeyNamingTokenCipher`. Count and move tokens where "
          + "its keys are kept.")
    }
    return cipher
  }
}
