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

  /// Gives a provider's record.
  package func stored(_ id: ProviderID) async throws -> StoredRecord {
    try await instruments.observe(.read, of: id) { try await store.require(id) }
  }

  /// Gives the providers that follow an id, in the order of ids, at most `limit` of them.
  ///
  /// A provider that is there from the first page to the last is on exactly one of them.
  ///
  /// - Parameters:
  ///   - id: The ``TwilioProviderPage/next`` of the page before; nil for the first page.
  ///   - limit: How many providers at most, at least 1.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/storeFailed``.
  public func providers(after id: ProviderID? = nil, limit: Int = 100) async throws -> TwilioProviderPage {
    try await instruments.observe(.read) {
      let page = try await store.page(after: id, limit: max(1, limit))
      return TwilioProviderPage(
        providers: page.records.map { TwilioProvider($0.record) }, unreadable: page.unreadable, next: page.next)
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
