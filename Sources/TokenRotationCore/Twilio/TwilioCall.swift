import HTTPTypes

/// The calls to Twilio that this package makes: their addresses, and what each answer means.
enum TwilioCall: Hashable, Sendable {
  case fetchAccount
  case createSecondary
  case deleteSecondary
  case promoteSecondary
  case fetchTrunk(TrunkSID)
  /// The phone numbers of a trunk, page by page; nil for the first page.
  case listTrunkPhoneNumbers(TrunkSID, page: String?)
  /// The phone numbers of the account, page by page; nil for the first page.
  case listPhoneNumbers(page: String?)

  /// How many phone numbers a page has: of a thousand, which Twilio allows, a page has over two megabytes.
  private static let firstPage = "PageSize=500"

  var method: HTTPRequest.Method {
    switch self {
    case .fetchAccount, .fetchTrunk, .listTrunkPhoneNumbers, .listPhoneNumbers: .get
    case .createSecondary, .promoteSecondary: .post
    case .deleteSecondary: .delete
    }
  }

  var product: TwilioProduct {
    switch self {
    case .fetchAccount, .listPhoneNumbers: .api
    case .createSecondary, .deleteSecondary, .promoteSecondary: .accounts
    case .fetchTrunk, .listTrunkPhoneNumbers: .trunking
    }
  }

  /// The address below the host, without a query.
  func path(_ accountSID: AccountSID) -> String {
    switch self {
    case .fetchAccount: "/2010-04-01/Accounts/\(accountSID).json"
    case .createSecondary, .deleteSecondary: "/v1/AuthTokens/Secondary"
    case .promoteSecondary: "/v1/AuthTokens/Promote"
    case .fetchTrunk(let trunk): "/v1/Trunks/\(trunk)"
    case .listTrunkPhoneNumbers(let trunk, _): "/v1/Trunks/\(trunk)/PhoneNumbers"
    case .listPhoneNumbers: "/2010-04-01/Accounts/\(accountSID)/IncomingPhoneNumbers.json"
    }
  }

  /// What stands behind the path's question mark; nil for nothing.
  var query: String? {
    switch self {
    case .listTrunkPhoneNumbers(_, let page), .listPhoneNumbers(let page): page ?? Self.firstPage
    case .fetchAccount, .createSecondary, .deleteSecondary, .promoteSecondary, .fetchTrunk: nil
    }
  }

  /// How many bytes an answer may have.
  var responseSizeLimit: Int {
    switch self {
    case .listTrunkPhoneNumbers, .listPhoneNumbers: 8_388_608
    case .fetchAccount, .createSecondary, .deleteSecondary, .promoteSecondary, .fetchTrunk: 1_048_576
    }
  }

  /// Whether it changes something at Twilio.
  var isMutation: Bool { method != .get }

  /// Its name in logs.
  var name: String {
    switch self {
    case .fetchAccount: "fetch account"
    case .createSecondary: "create secondary token"
    case .deleteSecondary: "delete secondary token"
    case .promoteSecondary: "promote secondary token"
    case .fetchTrunk: "fetch trunk"
    case .listTrunkPhoneNumbers: "list phone numbers of trunk"
    case .listPhoneNumbers: "list phone numbers"
    }
  }
}

extension TwilioCall {
  /// What an answer other than the expected one means for this call.
  ///
  /// Decided by call, status and code together: the same code means different things to different calls.
  /// Codes: <https://www.twilio.com/docs/api/errors>.
  func error(for answer: TwilioAnswer) -> TokenRotationError {
    let refusal = answer.refusal()
    let isDefinite = answer.isFromTwilio() && refusal.status != 408
    let (code, message) = meaning(of: refusal, isFromTwilio: isDefinite)
    let outcome: TokenRotationError.Outcome =
      switch refusal.status {
      case _ where !isMutation: .notApplied
      case 200..<300: .applied
      case 429: .notApplied
      case 400..<500 where isDefinite: .notApplied
      default: .unknown
      }
    return TokenRotationError(
      code, message, outcome: outcome, answer: refusal, retryAfter: answer.retryAfter)
  }

  /// What it means that no answer came.
  func error(for failure: any Error) -> TokenRotationError {
    let transportError = failure as? TransportError
    let outcome: TokenRotationError.Outcome =
      !isMutation || transportError?.delivery == .notSent ? .notApplied : .unknown
    let (code, whatHappened): (TokenRotationError.Code, String) =
      switch (transportError?.reason, transportError?.delivery) {
      case (.timedOut, _): (.twilioTimedOut, "Twilio did not answer in time.")
      case (_, .notSent): (.twilioUnreachable, "Twilio could not be reached.")
      default: (.twilioUnreachable, "Twilio's answer was lost.")
      }
    let whatToDo =
      outcome == .notApplied
      ? "Nothing was changed. Look at the network, the proxy and the address, if one was named, and try again."
      : "What was asked for may have been done. Ask where the rotation stands."
    return TokenRotationError(code, "\(whatHappened) \(whatToDo)", outcome: outcome, cause: failure)
  }

  private func meaning(of refusal: TwilioRefusal, isFromTwilio: Bool) -> (TokenRotationError.Code, String) {
    switch (self, refusal.status, refusal.code) {
    case (.createSecondary, 400, 70002):
      (.secondaryExists, "The account has a secondary Auth Token already. If nobody needs it, delete it first.")
    case (.createSecondary, 404, 20404):
      (.authTokensNotEnabled, "Twilio offers no Auth Token API for this account. Rotate in the Twilio Console instead.")
    case (.deleteSecondary, 404, 20404), (.promoteSecondary, 404, 20404):
      (.secondaryNotFound, "The account has no secondary Auth Token: it was promoted, deleted or never made.")
    case (.fetchTrunk, 404, _) where isFromTwilio, (.listTrunkPhoneNumbers, 404, _) where isFromTwilio:
      (.trunkNotFound, "The account has no trunk with this SID.")
    case (_, 429, _):
      (.twilioRateLimited, "Twilio asks for a pause. Try again later.")
    case (_, 400..<500, 70052):
      (
        .basicAuthenticationDisabled,
        "The account allows public-key client validation only, so its Auth Token cannot be used."
      )
    case (_, 400..<500, 20005), (_, 400..<500, 10001), (_, 400..<500, 20403):
      (.accountNotActive, "Twilio says that the account is not active. Its owner has to settle that with Twilio.")
    case (_, 400..<500, 20006):
      (.insufficientPrivileges, "The account may not do this. Its owner has to settle that with Twilio.")
    case (_, 400..<500, 70005):
      (.failureThresholdExceeded, "Too many attempts with this account have failed. Wait before trying again.")
    case (_, 403, 20008):
      (.testCredentials, "These are test credentials. Use the live account SID and Auth Token.")
    case (_, 401, _) where isFromTwilio:
      (
        .tokenRefused,
        "Twilio refused the Auth Token. It may be wrong, of another region or since deleted, or the account may be "
          + "suspended or closed: Twilio does not say which."
      )
    case (_, 500..., _):
      (.twilioUnavailable, "Twilio answered with a server error. Try again later.")
    case (_, 400..<500, _) where isFromTwilio:
      (.twilioRefused, "Twilio refused the request. Its error code says why.")
    default:
      (.twilioAnswerMalformed, "The answer is none of Twilio's. Is there a proxy in between, or another server?")
    }
  }
}
