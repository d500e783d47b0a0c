public import TokenRotationCore

/// A validator whose verdicts a test decides.
public struct ScriptedCredentialValidator: CredentialValidator {
  private let verdict: @Sendable (AuthToken, AccountSID) async throws -> CredentialVerdict

  /// Decides by a function of token and account.
  public init(_ verdict: @escaping @Sendable (AuthToken, AccountSID) async throws -> CredentialVerdict) {
    self.verdict = verdict
  }

  /// Gives the function's verdict.
  public func validate(
    _ token: AuthToken, accountSID: AccountSID, region: TwilioRegion
  ) async throws -> CredentialVerdict {
    try await verdict(token, accountSID)
  }
}
