/// Validates a token by fetching its own account: the call that Twilio's own command-line tool uses for it.
///
/// The account SID itself is the user name, so that a parent account's token is not taken for a subaccount's, and the
/// account in the answer is compared with the one asked for.
public struct TwilioCredentialValidator: CredentialValidator {
  private let client: TwilioClient

  /// Makes a validator.
  ///
  /// - Parameters:
  ///   - transport: What sends the request.
  ///   - configuration: Hosts, deadline and repetition of the request.
  public init(transport: any HTTPTransport, configuration: TokenRotationConfiguration = .init()) {
    self.init(client: TwilioClient(transport: transport, configuration: configuration))
  }

  init(client: TwilioClient) {
    self.client = client
  }

  /// Asks Twilio for the account with this token.
  ///
  /// - Throws: `CancellationError` if the task was cancelled.
  public func validate(
    _ token: AuthToken, accountSID: AccountSID, region: TwilioRegion
  ) async throws -> CredentialVerdict {
    do {
      let account = try await client.fetchAccount(
        as: TwilioClient.Caller(accountSID: accountSID, region: region, token: token))
      return Self.verdict(on: account, accountSID: accountSID, token: token)
    } catch let error as TokenRotationError {
      guard let reason = CredentialRejection.Reason(error.code) else { return .inconclusive(error) }
      return .rejected(CredentialRejection(reason, answer: error.answer))
    }
  }

  private static func verdict(
    on account: TwilioAccount, accountSID: AccountSID, token: AuthToken
  ) -> CredentialVerdict {
    guard let sid = account.sid else {
      return .inconclusive(
        TokenRotationError(
          .twilioAnswerMalformed, "Twilio's answer does not say which account it is for. Try again later."))
    }
    guard (try? AccountSID(sid)) == accountSID else { return .rejected(CredentialRejection(.accountMismatch)) }
    switch account.status {
    case "suspended": return .rejected(CredentialRejection(.accountSuspended))
    case "closed": return .rejected(CredentialRejection(.accountClosed))
    default: break
    }
    return .accepted(
      AcceptedCredentials(
        role: account.authToken.map { $0 == token ? .primary : .secondary } ?? .unknown,
        primary: account.authToken,
        friendlyName: account.friendlyName,
        type: account.type,
        ownerAccountSID: account.ownerAccountSID))
  }
}

extension CredentialRejection.Reason {
  /// The reason that a code of the client's stands for; nil for a code that says nothing about the token.
  fileprivate init?(_ code: TokenRotationError.Code) {
    switch code {
    case .tokenRefused: self = .tokenRefused
    case .accountNotActive: self = .accountNotActive
    case .testCredentials: self = .testCredentials
    case .basicAuthenticationDisabled: self = .basicAuthenticationDisabled
    default: return nil
    }
  }

  /// The code that an operation throws for this reason, and what a person should do.
  fileprivate var meaning: (code: TokenRotationError.Code, message: String) {
    switch self {
    case .tokenRefused:
      (
        .tokenRefused,
        "Twilio refused the Auth Token. It may be wrong, of another region or since deleted, or the account may be "
          + "suspended or closed: Twilio does not say which. Copy the token again from the Twilio Console."
      )
    case .accountSuspended:
      (.accountSuspended, "The account is suspended. Its owner has to settle that with Twilio.")
    case .accountClosed:
      (.accountClosed, "The account is closed. Connect another one.")
    case .accountNotActive:
      (.accountNotActive, "The account is not active. Its owner has to settle that with Twilio.")
    case .testCredentials:
      (.testCredentials, "These are test credentials. Use the live account SID and Auth Token.")
    case .basicAuthenticationDisabled:
      (
        .basicAuthenticationDisabled,
        "The account allows public-key client validation only, so its Auth Token cannot be used."
      )
    case .accountMismatch:
      (.accountMismatch, "Twilio answered for another account. Check that SID and token belong together.")
    }
  }
}

extension CredentialRejection {
  /// What an operation throws.
  var error: TokenRotationError {
    TokenRotationError(reason.meaning.code, reason.meaning.message, answer: answer)
  }
}
