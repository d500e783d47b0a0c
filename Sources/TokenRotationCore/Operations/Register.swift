extension TwilioProviders {
  /// Registers an account that a customer connects: validates its token with Twilio, seals it and saves.
  ///
  /// - Parameters:
  ///   - id: The host's id for it; a new UUID by default.
  ///   - accountSID: The account.
  ///   - authToken: The account's primary token.
  ///   - details: What the host says of it: name, trunk, numbers.
  ///   - region: The region that the token was created in.
  /// - Returns: The provider, its credentials verified.
  /// - Throws: ``TokenRotationError``, and nothing was saved: `nameMalformed`, `phoneNumberCountMalformed`,
  ///   `providerAlreadyRegistered`, `accountAlreadyRegistered`, `tokenIsSecondary`, one of the codes with which Twilio
  ///   refuses a token or cannot be asked, `cipherFailed`, or `storeFailed`, whose outcome may be unknown.
  public func register(
    id: ProviderID = ProviderID(),
    accountSID: AccountSID,
    authToken: AuthToken,
    details: ProviderDetails,
    region: TwilioRegion = .us1
  ) async throws -> TwilioProvider {
    TwilioProvider(
      try await registered(
        id: id, accountSID: accountSID, authToken: authToken, details: details, region: region
      ).record)
  }

  /// Registers, and gives the record.
  package func registered(
    id: ProviderID, accountSID: AccountSID, authToken: AuthToken, details: ProviderDetails, region: TwilioRegion
  ) async throws -> StoredRecord {
    try await instruments.observe(.register, of: id) {
      try details.check()
      // The store decides in the end; asked here first so that an obvious mistake does not cost a call to Twilio.
      try await refuseDuplicate(id, accountSID, region)
      try await requireAccepted(authToken, accountSID: accountSID, region: region, allowingSecondary: false)

      let context = SealingContext(providerID: id, accountSID: accountSID, slot: .current)
      var record = ProviderRecord(
        id: id, accountSID: accountSID, region: region, details: details, token: try await seal(authToken, for: context)
      )
      record.verification.record(credentialsPassed())
      return try await store.insert(record)
    }
  }

  /// Registers an account with nothing but a name; see ``register(id:accountSID:authToken:details:region:)``.
  public func register(
    id: ProviderID = ProviderID(),
    accountSID: AccountSID,
    authToken: AuthToken,
    name: String,
    region: TwilioRegion = .us1
  ) async throws -> TwilioProvider {
    try await register(
      id: id, accountSID: accountSID, authToken: authToken, details: ProviderDetails(name: name), region: region)
  }

  /// Changes what the host says of a provider, its name, trunk and numbers, and not its token.
  ///
  /// - Parameters:
  ///   - id: The provider.
  ///   - change: Changes the details. It may run more than once, if others change the record meanwhile.
  /// - Returns: The provider with the new details.
  /// - Throws: ``TokenRotationError``, and nothing was changed: `providerNotFound`, `nameMalformed`,
  ///   `phoneNumberCountMalformed`, `storeConflict`, or `storeFailed`, whose outcome may be unknown.
  public func updateDetails(
    of id: ProviderID, _ change: @Sendable (inout ProviderDetails) throws -> Void
  ) async throws -> TwilioProvider {
    try await instruments.observe(.updateDetails, of: id) {
      try await retryingLostRaces {
        let stored = try await store.require(id)
        var record = stored.record
        try change(&record.details)
        try record.details.check()
        return TwilioProvider(try await store.replace(record, ifRevision: stored.revision).record)
      }
    }
  }

  private func refuseDuplicate(_ id: ProviderID, _ accountSID: AccountSID, _ region: TwilioRegion) async throws {
    guard try await store.read(id) == nil else {
      throw TokenRotationError(
        .providerAlreadyRegistered, "A provider with this id is registered already. Update it, or use another id.")
    }
    guard try await !store.find(accountSID: accountSID).contains(where: { $0.record.region == region }) else {
      throw TokenRotationError(
        .accountAlreadyRegistered,
        "A provider with this account SID is registered in this region already. Update its token instead.")
    }
  }
}
