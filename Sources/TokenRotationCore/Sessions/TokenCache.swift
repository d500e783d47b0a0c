import Synchronization

/// The tokens of the providers that are in use, and whose the accounts are, as this process knows them.
///
/// Owned by ``TwilioProviders``; what it listens to is let go of with it.
final class TokenCache: Sendable {
  private let snapshots: SharedReads<ProviderID, TokenSnapshot>
  private let accounts: SharedReads<AccountSID, [ProviderID]>
  private let changes: ChangeListener
  private let clock: any TimeSource

  init(
    store: CheckedStore, cipher: any TokenCipher, configuration: TokenRotationConfiguration,
    instruments: ReadingInstruments
  ) {
    let settings = configuration.sessions
    let gate = Gate(width: settings.concurrentReads)
    let reader = SnapshotReader(store: store, cipher: cipher, configuration: configuration, instruments: instruments)
    snapshots = SharedReads(
      limit: settings.providerLimit, configuration: configuration, gate: gate, shardNumber: \.spread,
      read: { try await reader.read($0, replacing: $1) })
    accounts = SharedReads(
      limit: settings.accountLimit, configuration: configuration, gate: gate, shardNumber: \.spread,
      read: { try await reader.providers(of: $0, replacing: $1) })
    changes = ChangeListener(store: store, configuration: configuration)
    clock = configuration.timeSource
  }

  /// The provider's tokens.
  ///
  /// - Throws: ``TokenRotationError``: `providerNotFound`, or what the store and the cipher throw where nothing is in
  ///   memory; `CancellationError` if the task was cancelled.
  func snapshot(of id: ProviderID) async throws -> TokenSnapshot {
    if let snapshot = snapshots.fresh(id, at: clock.uptime) { return snapshot }
    await listen()
    return try await snapshots.refreshed(id)
  }

  /// The provider's tokens, if they need no look at the store.
  func fresh(_ id: ProviderID, at now: Duration) -> TokenSnapshot? { snapshots.fresh(id, at: now) }

  /// The provider's tokens as the store holds them now, read once for all who ask at the same time.
  func reread(_ id: ProviderID) async throws -> TokenSnapshot {
    try await snapshots.refreshed(id, isForced: true)
  }

  /// The provider's tokens as they were read last; nil if they are not in memory.
  func latest(of id: ProviderID) -> TokenSnapshot? { snapshots.latest(id) }

  /// The providers of an account; none if it is not known.
  func providers(of sid: AccountSID) async throws -> [ProviderID] {
    await listen()
    return try await accounts.value(for: sid)
  }

  /// Notes that a record may have changed, so that whoever uses it next looks.
  func note(_ change: ProviderChange) {
    switch change {
    case .record(let id):
      // One that is not in use may have been registered just now, for an account that was asked about.
      if !snapshots.noteChange(of: id) { accounts.noteChanges(where: \.isEmpty) }
    case .anything:
      snapshots.noteChanges()
      accounts.noteChanges()
    }
  }

  private func listen() async {
    await changes.start { [weak self] in self?.note($0) }
  }
}

extension ProviderID {
  /// Spreads ids by their last characters, in which even counted ones differ.
  fileprivate var spread: Int { Int(description.utf8.suffix(2).reduce(0) { $0 &* 31 &+ UInt($1) }) }
}

extension AccountSID {
  fileprivate var spread: Int { hashValue & .max }
}
