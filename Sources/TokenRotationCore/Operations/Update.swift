#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TwilioProviders {
  /// Replaces a provider's token by one that the customer typed in: validates it with Twilio, seals it and saves.
  ///
  /// The old token is overwritten and cannot be had back. Trunk, numbers, name and region stay as they are. If someone
  /// else changes the record meanwhile, the update starts over from reading it, a bounded number of times.
  ///
  /// - Parameters:
  ///   - id: The provider.
  ///   - token: The new token.
  ///   - allowingSecondary: Whether a token is accepted that Twilio shows to be the account's secondary. Webhooks would
  ///     then fail validation, and the token could vanish.
  /// - Returns: The provider, its credentials verified.
  /// - Throws: ``TokenRotationError``, and no stored byte was changed: `providerNotFound`, `tokenRefused`,
  ///   `tokenIsSecondary`, `accountSuspended`, `accountClosed`, `accountNotActive`, `accountMismatch`,
  ///   `testCredentials`, `basicAuthenticationDisabled`; `twilioUnreachable`, `twilioTimedOut`, `twilioRateLimited`,
  ///   `twilioUnavailable`, `twilioAnswerMalformed` if Twilio could not be asked; `storeConflict`, `cipherFailed`; or
  ///   `storeFailed`, whose outcome may be unknown.
  @discardableResult
  public func updateAuthToken(
    of id: ProviderID, to token: AuthToken, allowingSecondary: Bool = false
  ) async throws -> TwilioProvider {
    try await instruments.observe(.update, of: id) {
      try await retryingLostRaces {
        let stored = try await store.require(id)
        var record = stored.record
        try await requireAccepted(
          token, accountSID: record.accountSID, region: record.region, allowingSecondary: allowingSecondary)
        if let candidate = record.rotation.candidate, await isSame(token, as: candidate, in: record) {
          record.rotation = .idle
        }
        record.token = try await seal(token, for: record.sealingContext(.current))
        record.verification.record(credentialsPassed())
        return TwilioProvider(try await store.replace(record, ifRevision: stored.revision).record)
      }
    }
  }

  /// Whether a candidate is this token, because a person promoted it in the Console; one that does not open is not.
  private func isSame(
    _ token: AuthToken, as candidate: RotationState.Candidate, in record: ProviderRecord
  ) async -> Bool {
    (try? await open(candidate.token, for: record.sealingContext(.candidate))) == token
  }

  /// The result of the Credentials check after Twilio accepted the token that is about to be saved.
  func credentialsPassed() -> VerificationCheck {
    VerificationCheck(
      name: .credentials, status: .passed, message: "Twilio accepted the account SID and Auth Token.",
      timestamp: InternetDate.rounded(configuration.timeSource.date))
  }
}
