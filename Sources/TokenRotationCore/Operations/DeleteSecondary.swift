extension TwilioProviders {
  /// Deletes the account's secondary token at Twilio, and the candidate in the record once Twilio refuses it.
  ///
  /// Whatever secondary the account has is deleted, also one made in the Console; without any it succeeds. The stored
  /// candidate is erased only after Twilio refused it: should it turn out to be the primary, because the answer to an
  /// earlier promotion was lost, it becomes the current token instead.
  ///
  /// - Throws: ``TokenRotationError``. Nothing was changed, with the outcome `notApplied`: `providerNotFound`,
  ///   `regionNotSupported`, a refusal of the current token, and the codes with which Twilio cannot be asked. With the
  ///   outcome `unknown` or `applied` (`deletionNotConfirmed`), the record still holds the candidate; call this again.
  public func deleteSecondaryToken(of id: ProviderID) async throws {
    try await instruments.observe(.deleteSecondary, of: id) {
      let record = try await store.require(id).record
      let caller = try await currentCaller(record)
      try await shieldedFromCancellation { [self] in
        do {
          try await client.deleteSecondary(as: caller)
        } catch let error as TokenRotationError where error.code == .secondaryNotFound {
          // It is gone, which is what was asked for.
        }
        guard record.rotation.candidate != nil else { return }
        try await settleDeleted(try await requireCandidate(record), of: record)
      }
    }
  }

  private static let probes = 5
  private static let pauseBetweenProbes = Duration.seconds(1)

  /// Drops the candidate once Twilio refuses it; adopts it if it is the primary.
  private func settleDeleted(_ candidate: AuthToken, of record: ProviderRecord) async throws {
    for probe in 1...Self.probes {
      switch try await verdict(on: candidate, accountSID: record.accountSID, region: record.region) {
      case .rejected:
        return try await drop(record)
      case .accepted(let account) where account.role == .primary:
        return try await commit(candidate, of: record)
      case .accepted where probe < Self.probes:
        try await configuration.timeSource.sleep(for: Self.pauseBetweenProbes)
      case .accepted:
        throw TokenRotationError(
          .deletionNotConfirmed,
          "Twilio deleted the secondary and still accepts the stored candidate. It stays stored; delete again later.",
          outcome: .applied)
      case .inconclusive(let error):
        throw TokenRotationError(
          error.code, "Twilio deleted the secondary; whether the stored candidate is dead could not be found out.",
          outcome: .applied, cause: error)
      }
    }
  }

  private func drop(_ record: ProviderRecord) async throws {
    try await retryingLostRaces {
      let stored = try await store.require(record.id)
      guard stored.record.rotation == record.rotation else { return }
      var dropped = stored.record
      dropped.rotation = .idle
      _ = try await store.replace(dropped, ifRevision: stored.revision)
    }
  }
}
