extension TwilioProviders {
  /// Asks Twilio whether a token is good for a provider, and saves nothing.
  ///
  /// For a form that checks what is being typed. To save it, call ``updateAuthToken(of:to:allowingSecondary:)``
  /// right away, which validates by itself.
  ///
  /// - Returns: The verdict. Not being able to ask Twilio is ``CredentialVerdict/inconclusive(_:)``, not a refusal.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/providerNotFound`` or
  ///   ``TokenRotationError/Code/storeFailed``.
  public func validateAuthToken(_ token: AuthToken, for id: ProviderID) async throws -> CredentialVerdict {
    try await instruments.observe(.validate, of: id) {
      let record = try await store.require(id).record
      return try await verdict(on: token, accountSID: record.accountSID, region: record.region)
    }
  }

  /// Asks the validator, and takes an error that it throws for "could not be found out".
  func verdict(
    on token: AuthToken, accountSID: AccountSID, region: TwilioRegion
  ) async throws -> CredentialVerdict {
    do {
      return try await validator.validate(token, accountSID: accountSID, region: region)
    } catch let error as CancellationError {
      throw error
    } catch let error as TokenRotationError {
      return .inconclusive(error)
    } catch {
      return .inconclusive(
        TokenRotationError(.twilioUnreachable, "The validator failed. Nothing was changed.", cause: error))
    }
  }

  /// Asks the validator, and throws unless the token was accepted as one to be stored.
  func requireAccepted(
    _ token: AuthToken, accountSID: AccountSID, region: TwilioRegion, allowingSecondary: Bool
  ) async throws {
    switch try await verdict(on: token, accountSID: accountSID, region: region) {
    case .accepted(let account):
      guard allowingSecondary || account.role != .secondary else {
        throw TokenRotationError(
          .tokenIsSecondary,
          "This is the account's secondary Auth Token: it does not sign webhooks, and it can be deleted. Promote it in "
            + "the Twilio Console first, or enter the primary.")
      }
    case .rejected(let rejection):
      throw rejection.error
    case .inconclusive(let error):
      throw error
    }
  }
}
