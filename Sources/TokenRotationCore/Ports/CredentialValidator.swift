/// Finds out whether Twilio accepts an account SID and an Auth Token.
///
/// The default adopter is ``TwilioCredentialValidator``, which fetches the account. Write your own to ask through
/// another system, or to script verdicts in tests.
///
/// An adopter gives a verdict and changes nothing. The one promise that matters: **not being able to ask is never a
/// refusal.** An outage that was taken for "wrong token" would mark good providers as failed, so everything but Twilio's
/// own word is ``CredentialVerdict/inconclusive(_:)``. An error that it throws is taken for inconclusive too.
///
/// A complete adopter:
/// ```swift
/// struct OneGoodToken: CredentialValidator {
///   let good: AuthToken
///
///   func validate(
///     _ token: AuthToken, accountSID: AccountSID, region: TwilioRegion
///   ) async throws -> CredentialVerdict {
///     token == good ? .accepted(.init(role: .primary)) : .rejected(.tokenRefused)
///   }
/// }
/// ```
public protocol CredentialValidator: Sendable {
  /// Asks whether `token` authenticates `accountSID` in `region`.
  ///
  /// - Throws: `CancellationError` if the task was cancelled.
  func validate(_ token: AuthToken, accountSID: AccountSID, region: TwilioRegion) async throws -> CredentialVerdict
}

/// What came of asking Twilio about a token.
public enum CredentialVerdict: Sendable {
  /// Twilio accepted it.
  case accepted(AcceptedCredentials)
  /// Twilio refused it.
  case rejected(CredentialRejection)
  /// It could not be found out; whether the token is good is not known.
  case inconclusive(TokenRotationError)
}

/// What Twilio said of an account whose token it accepted.
public struct AcceptedCredentials: Sendable, Equatable {
  /// Which of the account's two tokens it is.
  public enum Role: String, Sendable, Hashable {
    /// The primary: it signs webhooks, and stays until another is promoted.
    case primary
    /// The secondary: it authenticates, and vanishes when it is deleted.
    case secondary
    /// Twilio did not say.
    case unknown
  }

  /// Which of the account's two tokens it is, by the `auth_token` of Twilio's answer.
  public var role: Role
  /// The account's primary token, where Twilio named it: how a token that was lost is found again.
  public var primary: AuthToken?
  /// The account's name at Twilio.
  public var friendlyName: String?
  /// `Trial` or `Full`.
  public var type: String?
  /// The account that owns this one; its own SID unless it is a subaccount.
  public var ownerAccountSID: String?

  /// Makes a description of an account.
  public init(
    role: Role, primary: AuthToken? = nil, friendlyName: String? = nil, type: String? = nil,
    ownerAccountSID: String? = nil
  ) {
    self.role = role
    self.primary = primary
    self.friendlyName = friendlyName
    self.type = type
    self.ownerAccountSID = ownerAccountSID
  }
}

/// Why Twilio refused a token.
public struct CredentialRejection: Sendable, Hashable {
  /// The reasons that Twilio tells apart.
  public enum Reason: String, Sendable, Hashable, CaseIterable {
    /// 401/20003: a wrong token, one of another region, a suspended or closed account, or a token since deleted.
    /// Twilio tells no more.
    case tokenRefused
    /// The account is suspended, by its `status`.
    case accountSuspended
    /// The account is closed, by its `status`.
    case accountClosed
    /// The account is not active (20005, 10001, 20403).
    case accountNotActive
    /// Test credentials, which cannot be validated (403/20008).
    case testCredentials
    /// The account allows public-key client validation only (70052).
    case basicAuthenticationDisabled
    /// Twilio answered for another account.
    case accountMismatch
  }

  /// Why.
  public let reason: Reason
  /// What Twilio answered.
  public let answer: TwilioRefusal?

  /// Makes a rejection.
  public init(_ reason: Reason, answer: TwilioRefusal? = nil) {
    self.reason = reason
    self.answer = answer
  }

  /// A token refused without further word.
  public static let tokenRefused = CredentialRejection(.tokenRefused)
}
