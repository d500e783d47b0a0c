#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Asks Twilio everything that a verification needs to know, side by side, and makes the four checks of it.
struct ProviderVerification {
  let record: ProviderRecord
  let providers: TwilioProviders

  private var client: TwilioClient { providers.client }

  /// What Twilio said to one of the account's tokens.
  private struct Answers {
    let verdict: CredentialVerdict
    let trunk: Result<TwilioTrunk, TokenRotationError>?
    let numbers: Result<PhoneNumberFindings, TokenRotationError>?
  }

  /// Runs the checks.
  ///
  /// - Throws: ``TokenRotationError`` if a stored token does not open, `CancellationError`. What Twilio does not answer
  ///   is no error but an inconclusive check.
  func checks() async throws -> [VerificationCheck] {
    var answers = try await answers(to: providers.currentCaller(record))
    var isCandidate = false
    if case .rejected = answers.verdict, let candidate = record.rotation.candidate {
      // A promotion whose answer was lost has made the candidate the account's token.
      let caller = providers.caller(
        record, try await providers.open(candidate, for: record.sealingContext(.candidate)))
      let others = try await self.answers(to: caller)
      if case .accepted = others.verdict { (answers, isCandidate) = (others, true) }
    }
    let now = InternetDate.rounded(providers.configuration.timeSource.date)
    return [
      credentials(answers.verdict, isCandidate: isCandidate).check(.credentials, at: now),
      TrunkFinding(answers.trunk, of: record).check(.trunk, at: now),
      CredentialListFinding(answers.trunk, of: record).check(.credentialList, at: now),
      PhoneNumberFindings.finding(answers.numbers, of: record).check(.phoneNumbers, at: now),
    ]
  }

  private func answers(to caller: TwilioClient.Caller) async throws -> Answers {
    async let verdict = providers.verdict(
      on: caller.token, accountSID: caller.accountSID, region: caller.region)
    async let trunk = trunk(as: caller)
    async let numbers = numbers(as: caller)
    return try await Answers(verdict: verdict, trunk: trunk, numbers: numbers)
  }

  private func trunk(as caller: TwilioClient.Caller) async throws -> Result<TwilioTrunk, TokenRotationError>? {
    guard let trunk = record.details.trunkSID else { return nil }
    return try await found { try await client.fetchTrunk(trunk, as: caller) }
  }

  private func numbers(
    as caller: TwilioClient.Caller
  ) async throws -> Result<PhoneNumberFindings, TokenRotationError>? {
    guard record.details.phoneNumberCount > 0 else { return nil }
    return try await found { try await PhoneNumberFindings(record, client, as: caller) }
  }

  private func found<Value>(_ body: () async throws -> Value) async throws -> Result<Value, TokenRotationError> {
    do {
      return .success(try await body())
    } catch let error as TokenRotationError {
      return .failure(error)
    }
  }

  private func credentials(_ verdict: CredentialVerdict, isCandidate: Bool) -> VerificationFinding {
    switch verdict {
    case .accepted where isCandidate:
      return VerificationFinding(
        .warning,
        "Twilio accepts the new token of the rotation that is open, and no longer the old one. Resume the rotation.")
    case .accepted(let account) where account.role == .secondary:
      return VerificationFinding(
        .warning,
        "Twilio accepted the Auth Token as the account's secondary: it does not sign webhooks, and it can be deleted. "
          + "Enter the primary.", ["role": account.role.rawValue])
    case .accepted(let account):
      return VerificationFinding(.passed, VerificationFinding.credentialsPassed, ["role": account.role.rawValue])
    case .rejected(let rejection)
    where rejection.reason == .tokenRefused && providers.settlingTime(record.rotation) != nil:
      return .inconclusive(
        rejection.error, "A rotation has just ended, and Twilio may not know its token everywhere yet.")
    case .rejected(let rejection):
      return VerificationFinding(
        .failed, rejection.error.message,
        ["reason": rejection.reason.rawValue].merging(VerificationFinding.details(of: rejection.answer)) { $1 })
    case .inconclusive(let error):
      return .inconclusive(error)
    }
  }
}

/// What a check found, before it has a name and a time.
struct VerificationFinding {
  static let credentialsPassed = "Twilio accepted the account SID and Auth Token."

  let status: VerificationCheck.Status
  let message: String
  let details: [String: String]

  init(_ status: VerificationCheck.Status, _ message: String, _ details: [String: String] = [:]) {
    self.status = status
    self.message = message
    self.details = details
  }

  /// What is told if Twilio did not answer the question.
  static func inconclusive(_ error: TokenRotationError, _ message: String? = nil) -> VerificationFinding {
    VerificationFinding(
      .inconclusive, message ?? error.message,
      ["reason": error.code.rawValue].merging(details(of: error.answer)) { $1 })
  }

  static func details(of answer: TwilioRefusal?) -> [String: String] {
    guard let answer else { return [:] }
    var details = ["twilioStatus": String(answer.status)]
    details["twilioCode"] = answer.code.map(String.init)
    details["twilioRequestId"] = answer.requestID
    return details
  }

  func check(_ name: VerificationCheck.Name, at date: Date) -> VerificationCheck {
    VerificationCheck(
      name: name, status: status, message: message, timestamp: date, details: details.isEmpty ? nil : details)
  }
}
