#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// What creating, promoting and deleting a secondary have in common.
extension TwilioProviders {
  /// Refuses where a token that Twilio shows once would be lost with the process.
  func requireDurableStore() throws {
    guard store.isDurable || configuration.allowsTokenLossWithProcess else {
      throw TokenRotationError(
        .storeNotDurable,
        "The store forgets everything when the process ends, and Twilio shows a new token only once. Use a durable "
          + "store, or set `allowsTokenLossWithProcess` if losing access to the account is acceptable.")
    }
  }

  /// The account with its current token, as the caller of a request.
  func currentCaller(_ record: ProviderRecord) async throws -> TwilioClient.Caller {
    caller(record, try await open(record.token, for: record.sealingContext(.current)))
  }

  func caller(_ record: ProviderRecord, _ token: AuthToken) -> TwilioClient.Caller {
    TwilioClient.Caller(accountSID: record.accountSID, region: record.region, token: token)
  }

  /// The candidate, opened.
  func requireCandidate(_ record: ProviderRecord) async throws -> AuthToken {
    guard let candidate = record.rotation.candidate else {
      throw TokenRotationError(
        .candidateMissing,
        "No secondary token is stored for this provider. Create one first; one made in the Twilio Console cannot be "
          + "promoted here, because a lost answer would lose the token.")
    }
    return try await open(candidate.token, for: record.sealingContext(.candidate))
  }

  /// Runs to the end even if the calling task is cancelled: what follows a request that changes something at Twilio
  /// must not be lost.
  func shieldedFromCancellation<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await Task { try await body() }.value
  }

  /// Makes a token that is known to be the account's primary the current one, and ends the rotation.
  ///
  /// - Parameters:
  ///   - primary: The token.
  ///   - record: The record as it was when the token was found to be the primary. If someone else saved another
  ///     token since, Twilio is asked again first.
  func commit(_ primary: AuthToken, of record: ProviderRecord) async throws {
    try await retryingLostRaces {
      let stored = try await store.require(record.id)
      if stored.record.token != record.token {
        try await requireAccepted(
          primary, accountSID: record.accountSID, region: record.region, allowingSecondary: false)
      }
      var committed = stored.record
      committed.token = try await seal(primary, for: record.sealingContext(.current))
      committed.rotation = .idle
      committed.verification.record(credentialsPassed())
      _ = try await store.replace(committed, ifRevision: stored.revision)
    }
  }
}
