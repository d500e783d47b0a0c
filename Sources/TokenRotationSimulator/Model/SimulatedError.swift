/// An error that the simulator answers with: a status and Twilio's code for it.
///
/// The constants are the rows of Twilio's errors that matter to this package. Where Twilio documents a code without its
/// HTTP status (20005, 10001, 20006, 20403, 70052, 70005), the status here is an assumption; make a value of your own
/// to try another.
public struct SimulatedError: Error, Hashable, Sendable {
  /// The HTTP status.
  public var status: Int
  /// Twilio's code; nil to leave it out of the answer, which Twilio may do.
  public var code: Int?
  /// The sentence beside it.
  public var message: String
  /// What the `Retry-After` header says, in whole seconds; nil for no header.
  public var retryAfterSeconds: Int?

  /// Makes an error.
  public init(status: Int, code: Int?, message: String, retryAfterSeconds: Int? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.retryAfterSeconds = retryAfterSeconds
  }

  /// 401/20003: the one answer for a wrong or deleted token, another region, a suspended or closed account, an account
  /// that is none of the caller's, and no credentials at all.
  public static let tokenRefused = SimulatedError(status: 401, code: 20003, message: "Authenticate")
  /// 403/20008: test credentials.
  public static let testCredentials = SimulatedError(
    status: 403, code: 20008, message: "Resource not accessible with Test Account Credentials")
  /// 20005: the account is not active.
  public static let accountNotActive = SimulatedError(status: 403, code: 20005, message: "Account not active")
  /// 10001: the account is not active, in its older form.
  public static let accountInactive = SimulatedError(status: 403, code: 10001, message: "Account is not active")
  /// 20006: the credentials may not do this.
  public static let insufficientPrivileges = SimulatedError(status: 403, code: 20006, message: "Access denied")
  /// 20403: the account is suspended or closed.
  public static let forbidden = SimulatedError(status: 403, code: 20403, message: "Forbidden")
  /// 70052: the account allows public-key client validation only.
  public static let publicKeyValidationRequired = SimulatedError(
    status: 403, code: 70052, message: "Public Key Client Validation required for account")
  /// 70005: too many failed attempts.
  public static let failureThresholdExceeded = SimulatedError(
    status: 403, code: 70005, message: "Failure threshold exceeded")
  /// 400/70002: there is a secondary already.
  public static let secondaryExists = SimulatedError(
    status: 400, code: 70002, message: "A secondary Auth Token exists already")
  /// 405/20004: the address exists, the method does not.
  public static let methodNotAllowed = SimulatedError(status: 405, code: 20004, message: "Method not allowed")
  /// 429/20429 with `Retry-After: 1`: never processed.
  public static let rateLimited = SimulatedError(
    status: 429, code: 20429, message: "Too Many Requests", retryAfterSeconds: 1)
  /// 500/20500: what was asked for may have been done.
  public static let serverError = SimulatedError(status: 500, code: 20500, message: "Internal Server Error")
  /// 503/20503.
  public static let unavailable = SimulatedError(status: 503, code: 20503, message: "Service unavailable")

  /// 404/20404: no such address, no secondary, or no API of Auth Tokens for this account.
  ///
  /// - Parameter path: The path that was asked for, without its query.
  public static func notFound(_ path: String) -> SimulatedError {
    SimulatedError(status: 404, code: 20404, message: "The requested resource \(path) was not found")
  }
}
