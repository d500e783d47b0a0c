#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TwilioProviders {
  /// Replaces a provider's token by one that the customer typed in: validates it with Twilio, seals it and saves.
  ///
  /// The old token is overwritten and cannot be had back. Trunk, numbers, name and region stay as they are. If someone
  /// else changes the record meanwhile, the update starts over from reading it, a bounded number of times; if it is the
  /// token that was changed, or if a rotation has just ended, after ``RotationTimings/propagation``, so that the answer of
  /// a node of Twilio's that is behind does not bring an old token back.
  ///
  /// It is also the way out of a rotation that was interrupted or quarantined: a token that Twilio accepts ends it. If a
  /// worker holds the record, this waits for the end of its lease first. The tokens that were there are kept aside, sealed,
  /// until a rotation succeeds.
  ///
  /// - Parameters:
  ///   - id: The provider.
  ///   - token: The new token.
  ///   - allowingSecondary: Whether a token is accepted that Twilio shows to be the account's secondary. Webhooks would
  ///     then fail validation, and the token could vanish.
  /// - Returns: The provider, its credentials verified.
  /// - Throws: ``TokenRotationError``, and no stored token was changed: `providerNotFound`, `tokenRefused`,
  ///   `tokenIsSecondary`, `accountSuspended`, `accountClosed`, `accountNotActive`, `accountMismatch`,
  ///   `testCredentials`, `basicAuthenticationDisabled`; `twilioUnreachable`, `twilioTimedOut`, `twilioRateLimited`,
  ///   `twilioUnavailable`, `twilioAnswerMalformed` if Twilio could not be asked; `rotationInProgress` if a worker that is
  ///   alive holds the record; `storeConflict`, `cipherFailed`; or `storeFailed`, whose outcome may be unknown.
  @discardableResult
  public func updateAuthToken(
    of id: ProviderID, to token: AuthToken, allowingSecondary: Bool = false
  ) async throws -> TwilioProvider {
    TwilioProvider(
      try await updated(id, to: token, allowingSecondary: allowingSecondary) { _ in true }.record)
  }

  /// Updates the token if the record's revision is one that `isExpected`, and gives the record.
  ///
  /// - Throws: ``TokenRotationError`` as ``updateAuthToken(of:to:allowingSecondary:)`` does, with the code `storeConflict`
  ///   also if the revision is not expected.
  package func updated(
    _ id: ProviderID, to token: AuthToken, allowingSecondary: Bool = false, where isExpected: (Revision) -> Bool
  ) async throws -> StoredRecord {
    try await instruments.observe(.update, of: id) {
      var attempts = 1
      while true {
        let stored = try await settled(id, where: isExpected)
        try await requireAccepted(
          token, accountSID: stored.record.accountSID, region: stored.record.region,
          allowingSecondary: allowingSecondary)
        do {
          return try await stored.record.rotation.phase == .idle
            ? overwrite(stored, with: token) : endRotation(of: id, with: token, allowingSecondary: allowingSecondary)
        } catch let error as TokenRotationError
          where error.code == .storeConflict && attempts < configuration.attemptsAfterLostRace
        {
          attempts += 1
          let current = try await store.require(id).record
          if current.token != stored.record.token || current.rotation != stored.record.rotation {
            try await configuration.timeSource.sleep(for: configuration.timings.propagation)
          }
        }
      }
    }
  }

  /// Reads the record, and waits if a rotation has just replaced its token: until then a node of Twilio's that is behind
  /// would accept the old one, and the only copy of the new one would be overwritten by it.
  private func settled(_ id: ProviderID, where isExpected: (Revision) -> Bool) async throws -> StoredRecord {
    while true {
      let stored = try await store.require(id, where: isExpected)
      let rotation = stored.record.rotation
      guard rotation.phase == .idle, let wait = settlingTime(rotation) else { return stored }
      try await configuration.timeSource.sleep(for: wait)
    }
  }

  /// How long it still takes until all of Twilio's nodes know the token that a rotation made the current one; nil if they
  /// do.
  func settlingTime(_ rotation: RotationState) -> Duration? {
    guard let committedAt = rotation.committedAt else { return nil }
    let propagation = configuration.timings.propagation
    let elapsed = Duration.seconds(configuration.timeSource.date.timeIntervalSince(committedAt))
    // Clocks that disagree by more than the wait itself are no reason to wait.
    guard (.zero - propagation..<propagation).contains(elapsed) else { return nil }
    return propagation - max(.zero, elapsed)
  }

  private func overwrite(_ stored: StoredRecord, with token: AuthToken) async throws -> StoredRecord {
    var record = stored.record
    record.token = try await seal(token, for: record.sealingContext(.current))
    record.verification.record(credentialsPassed())
    return try await store.replace(record, ifRevision: stored.revision)
  }

  private func endRotation(
    of id: ProviderID, with token: AuthToken, allowingSecondary: Bool
  ) async throws -> StoredRecord {
    let outcome = try await drive(.update, received: token, allowingSecondary: allowingSecondary) {
      let stored = try await takeOver(id)
      guard stored.record.rotation.phase != .idle else {
        throw TokenRotationError(.storeConflict, "The rotation ended meanwhile. Validate the token again.")
      }
      return stored
    }
    return outcome.stored
  }

  /// The result of the Credentials check after Twilio accepted the token that is about to be saved.
  func credentialsPassed() -> VerificationCheck {
    VerificationCheck(
      name: .credentials, status: .passed, message: VerificationFinding.credentialsPassed,
      timestamp: InternetDate.rounded(configuration.timeSource.date))
  }
}
