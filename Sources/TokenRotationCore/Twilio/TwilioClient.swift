import HTTPTypes
import Logging

/// Makes calls to Twilio through a transport, and nothing but the documented ones.
///
/// Credentials are always those of one account and go to the hosts of its region only.
struct TwilioClient: Sendable {
  private let transport: any HTTPTransport
  let configuration: TokenRotationConfiguration

  init(transport: any HTTPTransport, configuration: TokenRotationConfiguration) {
    self.transport = transport
    self.configuration = configuration
  }

  /// The account that a token authenticates, and the region that the token is of.
  struct Caller: Sendable {
    let accountSID: AccountSID
    let region: TwilioRegion
    let token: AuthToken
  }

  /// Fetches the account: the harmless call that shows whether a token works.
  ///
  /// - Throws: ``TokenRotationError`` whose code tells Twilio's refusals apart as far as Twilio does.
  func fetchAccount(as caller: Caller) async throws -> TwilioAccount {
    let answer = try await perform(.fetchAccount, as: caller)
    guard let account = TwilioAccount(plain: answer.body) ?? answer.decode(TwilioAccount.self) else {
      throw TwilioCall.fetchAccount.error(for: answer)
    }
    return account
  }

  /// Makes Twilio create a secondary, which it shows this once.
  func createSecondary(as caller: Caller) async throws -> TwilioIssuedToken {
    let answer = try await perform(.createSecondary, as: caller)
    return answer.decode(TwilioIssuedToken.self) ?? .unreadable
  }

  /// Deletes the account's secondary, whichever it is.
  func deleteSecondary(as caller: Caller) async throws {
    _ = try await perform(.deleteSecondary, as: caller)
  }

  /// Makes the account's secondary its primary; with the secondary itself as the caller, that one and no other.
  func promoteSecondary(as caller: Caller) async throws -> TwilioIssuedToken {
    let answer = try await perform(.promoteSecondary, as: caller)
    return answer.decode(TwilioIssuedToken.self) ?? .unreadable
  }

  func perform(_ call: TwilioCall, as caller: Caller) async throws -> TwilioAnswer {
    let request = try request(call, as: caller)
    var failures = 0
    while true {
      let failure: TokenRotationError
      do {
        let answer = TwilioAnswer(try await transport.send(request), now: configuration.timeSource.date)
        configuration.logger.debug(
          "Twilio answered",
          metadata: [
            "call": "\(call.name)", "status": "\(answer.status)", "request_id": "\(answer.requestID ?? "none")",
          ])
        if answer.isSuccess { return answer }
        failure = call.error(for: answer)
      } catch let error as CancellationError where !call.isMutation {
        throw error
      } catch {
        failure = call.error(for: error)
        configuration.logger.debug("Twilio did not answer", metadata: ["call": "\(call.name)", "error": "\(failure)"])
      }

      failures += 1
      guard !call.isMutation, failure.isWorthRepeating,
        let pause = configuration.retryPolicy.pause(afterFailures: failures, retryAfter: failure.retryAfter)
      else { throw failure }
      try await configuration.timeSource.sleep(for: pause)
    }
  }

  private func request(_ call: TwilioCall, as caller: Caller) throws -> TransportRequest {
    let origin = try configuration.endpoints.origin(of: call.product, in: caller.region)
    let path = call.path(caller.accountSID) + (call.query.map { "?" + $0 } ?? "")
    return TransportRequest(
      head: HTTPRequest(
        method: call.method, scheme: origin.scheme, authority: origin.authority, path: path,
        headerFields: [.accept: "application/json"]),
      credentials: BasicCredentials(username: caller.accountSID.description, password: caller.token),
      deadline: configuration.timings.requestDeadline,
      responseSizeLimit: call.responseSizeLimit,
      mayBeSentAgain: !call.isMutation)
  }
}

extension TokenRotationError {
  /// Whether sending the same question again may help.
  fileprivate var isWorthRepeating: Bool {
    switch code {
    case .twilioRateLimited, .twilioUnavailable: return true
    case .twilioUnreachable, .twilioTimedOut:
      // A certificate or a request that is refused once is refused again.
      let reason = (cause as? TransportError)?.reason
      return reason != .tlsFailed && reason != .invalidRequest
    default: return false
    }
  }
}
