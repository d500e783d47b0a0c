extension TwilioProviders {
  /// Gives a provider as its users may see it.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/providerNotFound`` or
  ///   ``TokenRotationError/Code/storeFailed``.
  public func provider(_ id: ProviderID) async throws -> TwilioProvider {
    try await instruments.observe(.read, of: id) {
      TwilioProvider(try await store.require(id).record)
    }
  }

  /// Gives the providers of an account: at most one for each region, none if the account is not registered.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/storeFailed``.
  public func providers(accountSID: AccountSID) async throws -> [TwilioProvider] {
    try await instruments.observe(.read) {
      try await store.find(accountSID: accountSID).map { TwilioProvider($0.record) }
    }
  }
}
