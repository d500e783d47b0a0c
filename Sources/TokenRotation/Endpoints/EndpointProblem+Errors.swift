import HTTPTypes
import TokenRotationCore

// What the errors of the operations are to a client.
extension EndpointProblem {
  /// After how many seconds to try again, where nobody said.
  private static let retryAfter = 10

  /// The problem that an operation's error is.
  ///
  /// - Parameters:
  ///   - error: The error.
  ///   - place: Where to look if nobody knows whether the change was made.
  init(_ error: any Error, lookAt place: String? = nil) {
    switch error {
    case let error as TokenRotationError: self.init(error, lookAt: place)
    case let error as EndpointProblem: self = error
    case is CancellationError: self = .cancelled
    default: self = .internalError
    }
  }

  private init(_ error: TokenRotationError, lookAt place: String?) {
    let isUnknown = error.outcome != .notApplied && error.code != .rotationQuarantined
    let (status, title) = isUnknown ? (.badGateway, "Outcome not known yet") : Self.meaning(of: error.code)
    self.init(error.metricLabel, status, title, error.message)
    if isUnknown, let place { fields[.location] = place }
    if status == .serviceUnavailable || error.code == .rotationInProgress || error.retryAfter != nil {
      let seconds = error.retryAfter.map { max(1, $0.components.seconds + ($0.components.attoseconds > 0 ? 1 : 0)) }
      fields[.retryAfter] = String(seconds ?? Int64(Self.retryAfter))
    }
  }

  private static func meaning(of code: TokenRotationError.Code) -> (status: HTTPResponse.Status, title: String) {
    switch code {
    case .authTokenMalformed, .accountSIDMalformed, .trunkSIDMalformed, .providerIDMalformed, .regionMalformed,
      .nameMalformed, .terminationURIMalformed, .phoneNumberMalformed, .phoneNumberCountMalformed:
      (.badRequest, "Malformed value")
    case .providerNotFound:
      (.notFound, "No such provider")
    case .providerAlreadyRegistered, .accountAlreadyRegistered:
      (.conflict, "Registered already")
    case .rotationInProgress:
      (.conflict, "A rotation is in progress")
    case .rotationQuarantined, .rotationUnsettled:
      (.conflict, "The rotation needs a person")
    case .secondaryExists, .secondaryNotFound, .candidateMissing, .candidateRejected, .storeConflict:
      (.conflict, "Not in this state")
    case .tokenRefused, .tokenIsSecondary, .accountSuspended, .accountClosed, .accountNotActive, .testCredentials,
      .insufficientPrivileges, .basicAuthenticationDisabled, .accountMismatch, .authTokensNotEnabled,
      .regionNotSupported, .twilioRefused, .trunkNotFound, .tokenNotReturned:
      (.unprocessableContent, "Refused by Twilio")
    case .twilioUnreachable, .twilioTimedOut, .twilioRateLimited, .twilioUnavailable, .twilioAnswerMalformed,
      .failureThresholdExceeded:
      (.serviceUnavailable, "Twilio could not be asked")
    case .storeFailed, .databaseBusy, .databaseUnreachable, .databaseConnectionLost, .databaseTimedOut,
      .databasePoolExhausted:
      (.serviceUnavailable, "The store is not available")
    default:
      (.internalServerError, "The server is not set up right")
    }
  }
}
