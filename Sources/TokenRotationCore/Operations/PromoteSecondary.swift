extension TwilioProviders {
  /// Makes the stored candidate the account's primary token, and the provider's current one.
  ///
  /// The old token stops working at once. Twilio is called with the candidate itself, which has two effects: no other
  /// secondary can be promoted by it, and a repetition after a lost answer still authenticates. If the outcome is not
  /// known, the record keeps both tokens; call this again to settle it.
  ///
  /// - Returns: What Twilio says of the promotion, without the token.
  /// - Throws: ``TokenRotationError``. Nothing was changed, with the outcome `notApplied`: `providerNotFound`,
  ///   `storeNotDurable`, `candidateMissing`, `regionNotSupported`, `tokenRefused` (the candidate no longer works) and
  ///   the codes with which Twilio cannot be asked. With the outcome `unknown` or `applied`, the candidate may be or is
  ///   the primary already, and the record still holds it beside the old token.
  @discardableResult
  public func promoteSecondaryToken(of id: ProviderID) async throws -> AuthTokenPromotion {
    try await instruments.observe(.promoteSecondary, of: id) {
      try requireDurableStore()
      let record = try await store.require(id).record
      let candidate = try await requireCandidate(record)
      return try await shieldedFromCancellation { [self] in
        let (primary, promotion) = try await promote(candidate, of: record)
        do {
          try await commit(primary, of: record)
        } catch {
          throw TokenRotationError(
            (error as? TokenRotationError)?.code ?? .storeFailed,
            "The candidate is the account's primary now, and that could not be saved. The record still holds it as the "
              + "candidate: promote again.",
            outcome: .applied, cause: error)
        }
        return promotion
      }
    }
  }

  /// Promotes at Twilio, and finds out by asking where the answer does not say.
  private func promote(
    _ candidate: AuthToken, of record: ProviderRecord
  ) async throws -> (primary: AuthToken, AuthTokenPromotion) {
    let unanswered = AuthTokenPromotion(accountSID: record.accountSID, dateCreated: nil, dateUpdated: nil, url: nil)
    if try await role(of: candidate, in: record) == .primary { return (candidate, unanswered) }
    do {
      let issued = try await client.promoteSecondary(as: caller(record, candidate))
      let promotion = AuthTokenPromotion(
        accountSID: record.accountSID, dateCreated: issued.dateCreated, dateUpdated: issued.dateUpdated,
        url: issued.url)
      // What Twilio names as the primary is the primary, even if it is not what was asked for.
      return (issued.token ?? candidate, promotion)
    } catch let error as TokenRotationError where error.outcome == .unknown {
      guard (try? await role(of: candidate, in: record)) == .primary else { throw error }
      return (candidate, unanswered)
    } catch let error as TokenRotationError where error.code == .secondaryNotFound {
      // Authenticated with the candidate, and yet there is no secondary: the candidate is the primary, unless the
      // account says otherwise.
      guard try await role(of: candidate, in: record) != .secondary else { throw error }
      return (candidate, unanswered)
    }
  }

  /// Which of the account's tokens the candidate is.
  ///
  /// - Throws: ``TokenRotationError`` if Twilio refuses it or cannot be asked.
  private func role(of candidate: AuthToken, in record: ProviderRecord) async throws -> AcceptedCredentials.Role {
    switch try await verdict(on: candidate, accountSID: record.accountSID, region: record.region) {
    case .accepted(let account):
      return account.role
    case .rejected(let rejection):
      throw TokenRotationError(
        rejection.reason.error.code,
        "Twilio does not accept the stored candidate. If it was deleted, delete it here as well and create a new one.",
        answer: rejection.answer)
    case .inconclusive(let error):
      throw error
    }
  }
}
