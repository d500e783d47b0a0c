/// Reads what the cache keeps: records, with their tokens opened, and which providers an account has.
struct SnapshotReader: Sendable {
  let store: CheckedStore
  let cipher: any TokenCipher
  let configuration: TokenRotationConfiguration
  let instruments: ReadingInstruments

  private var settings: SessionSettings { configuration.sessions }

  /// Reads a provider's tokens.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/providerNotFound``, or what the store and the
  ///   cipher throw.
  func read(
    _ id: ProviderID, replacing previous: TokenSnapshot?
  ) async throws -> SharedReads<ProviderID, TokenSnapshot>.Item {
    try await instruments.reading {
      // From before the read: the record is as it was then or later.
      let start = configuration.timeSource.uptime
      let record = try await store.require(id).record
      let snapshot = TokenSnapshot(
        record: record, current: try await open(record.token, .current, of: record, known: previous?.current),
        candidate: await candidate(of: record, known: previous?.candidate), after: previous,
        configuration: configuration)
      let refresh = configuration.timings.readersRefresh
      return SharedReads.Item(
        value: snapshot,
        // Not all at the same moment only because they were read at the same moment.
        refreshAt: start + refresh * (0.5 + 0.4 * settings.random()), expiresAt: start + refresh,
        uselessAt: start + max(refresh, settings.staleLimit), forgetAt: snapshot.retired.map(\.end).min())
    }
  }

  /// Reads which providers an account has.
  func providers(
    of sid: AccountSID, replacing previous: [ProviderID]?
  ) async throws -> SharedReads<AccountSID, [ProviderID]>.Item {
    try await instruments.reading {
      let start = configuration.timeSource.uptime
      let ids = try await store.find(accountSID: sid).map(\.record.id)
      let end = start + settings.accountMemory
      return SharedReads.Item(
        value: ids, refreshAt: end, expiresAt: end, uselessAt: start + max(settings.accountMemory, settings.staleLimit))
    }
  }

  /// A candidate that cannot be opened must not keep anybody from the token in use.
  private func candidate(of record: ProviderRecord, known: TokenSnapshot.Held?) async -> TokenSnapshot.Held? {
    guard let sealed = record.rotation.candidate else { return nil }
    do {
      return try await open(sealed, .candidate, of: record, known: known)
    } catch {
      instruments.noteUnreadableCandidate(of: record.id, error)
      return nil
    }
  }

  private func open(
    _ sealed: SealedToken, _ slot: TokenSlot, of record: ProviderRecord, known: TokenSnapshot.Held?
  ) async throws -> TokenSnapshot.Held {
    if let known, known.sealed == sealed { return known }
    return TokenSnapshot.Held(
      token: try await cipher.openChecked(sealed, for: record.sealingContext(slot)), sealed: sealed)
  }
}
