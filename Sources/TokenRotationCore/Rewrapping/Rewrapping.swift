/// Moves the tokens of one record after the other to the sealing key.
struct Rewrapping: Sendable {
  /// What became of a record.
  enum Result: Sendable {
    /// It needs no other key any more; so many tokens were sealed anew.
    case done(tokens: Int)
    /// A worker holds it, and it was left as it is.
    case held(RotationTenure)
    /// A token could not be moved; so many others were.
    case failed(tokens: Int, TokenRotationError)
  }

  let providers: TwilioProviders
  let cipher: any KeyNamingTokenCipher

  /// Moves the tokens of a record, from the read anew if others change it meanwhile.
  ///
  /// A record that a worker holds is left alone. Whoever begins to work on one holds it from the first write on, so either
  /// that write or this one finds the record changed.
  ///
  /// - Throws: `CancellationError`; the record is as it was, or moved.
  func rewrap(_ first: StoredRecord) async throws -> Result {
    var stored = first
    // How many tokens a write moved of which nobody knows whether it was made.
    var tokens = 0
    var failure = TokenRotationError(.storeConflict, "The provider is changed all the time. Rewrap it later.")
    for _ in 0..<providers.configuration.attemptsAfterLostRace {
      try Task.checkCancellation()
      guard needsRewrapping(stored.record) else { return .done(tokens: tokens) }
      if let tenure = stored.record.rotation.tenure { return .held(tenure) }
      let resealed = try await resealed(stored.record)
      do {
        if resealed.count > 0 { _ = try await providers.store.replace(resealed.record, ifRevision: stored.revision) }
        return resealed.failure.map { .failed(tokens: resealed.count, $0) } ?? .done(tokens: resealed.count)
      } catch let error as TokenRotationError where error.code == .storeConflict {
        tokens = 0
      } catch let error as TokenRotationError where error.outcome == .unknown {
        // If nothing is left to do when it is read again, this write had been made.
        (failure, tokens) = (error, resealed.count)
      } catch let error as TokenRotationError {
        return .failed(tokens: 0, error)
      }
      do {
        guard let current = try await providers.store.read(stored.record.id) else { return .done(tokens: 0) }
        stored = current
      } catch let error as TokenRotationError {
        return .failed(tokens: 0, error)
      }
    }
    return .failed(tokens: 0, failure)
  }

  private func needsRewrapping(_ record: ProviderRecord) -> Bool {
    // A token whose key cannot be told is for `resealed` to find.
    record.sealedTokens.contains { (try? cipher.keyID(of: $0.sealed)) != cipher.sealingKeyID }
  }

  private func resealed(
    _ record: ProviderRecord
  ) async throws -> (record: ProviderRecord, count: Int, failure: TokenRotationError?) {
    var anew: [SealedToken: SealedToken] = [:]
    var failure: TokenRotationError?
    for (slot, sealed) in record.sealedTokens {
      do {
        guard try cipher.keyID(of: sealed) != cipher.sealingKeyID else { continue }
        anew[sealed] = try await reseal(sealed, for: record.sealingContext(slot))
      } catch let error as CancellationError {
        throw error
      } catch {
        failure = failure ?? TokenRotationError(wrapping: error)
      }
    }
    var record = record
    record.adopt(record.ledger.map { sealed, _ in anew[sealed] ?? sealed })
    if !anew.isEmpty { record.rewrapCount += 1 }
    return (record, anew.count, failure)
  }

  /// Seals a token anew, and proves that nothing is lost by it.
  private func reseal(_ sealed: SealedToken, for context: SealingContext) async throws -> SealedToken {
    let token = try await providers.open(sealed, for: context)
    let resealed = try await providers.seal(token, for: context)
    guard
      try cipher.keyID(of: resealed) == cipher.sealingKeyID,
      try await providers.open(resealed, for: context) == token
    else {
      throw TokenRotationError(
        .cipherFailed, "What the cipher sealed anew does not open as before. The stored token is as it was.")
    }
    return resealed
  }
}
