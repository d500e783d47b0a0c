/// A provider's token, lent for one call that the host makes with an HTTP client of its own.
///
/// It remembers which tokens were refused before it in the same call, so that ``TwilioProviders/report(rejected:)`` can
/// give the next one. Not `Codable`, and printed without its bytes; do not keep it longer than the call.
public struct LentAuthToken: Sendable {
  // Nothing else is stored: what it would refer to would have to be counted each time a token is lent.
  let trial: TokenTrial

  init(of trial: TokenTrial) { self.trial = trial }

  /// The provider.
  public var providerID: ProviderID { trial.snapshot.providerID }
  /// The account: the user name of HTTP basic authentication.
  public var accountSID: AccountSID { trial.snapshot.accountSID }
  /// The region whose hosts the token may be sent to.
  public var region: TwilioRegion { trial.snapshot.region }

  /// Lends the token's bytes, UTF-8 without a terminating zero, for the time of `body`.
  ///
  /// The pointer must not leave `body`, and neither should a copy of what it points to: nobody erases that.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try trial.token.withUnsafeBytes(body)
  }
}

extension LentAuthToken: CustomStringConvertible, CustomReflectable {
  /// Whose token it is.
  public var description: String { "<token of \(providerID)>" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
