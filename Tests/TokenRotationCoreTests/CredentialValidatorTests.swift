import Testing
import TokenRotationTesting

@testable import TokenRotationCore

@Suite("Verdicts: what Twilio said, and never more")
struct CredentialValidatorTests {
  static let sid = "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
  static let token = String(repeating: "a", count: 32)

  static func answer(_ fields: String) -> ScriptedTransport.Step { .answer(.json(200, "{\(fields)}")) }

  static let rows: [(ScriptedTransport.Step, String)] = [
    (answer(#""sid":"\#(sid)","auth_token":"\#(token)","status":"active""#), "primary"),
    (answer(#""sid":"\#(sid.uppercased())","auth_token":"\#(token)""#), "primary"),
    (answer(#""sid":"\#(sid)","auth_token":"other","status":"active""#), "secondary"),
    (answer(#""sid":"\#(sid)","auth_token":null,"status":null"#), "unknown"),
    (answer(#""sid":"\#(sid)","auth_token":"""#), "unknown"),
    (answer(#""sid":"\#(sid)""#), "unknown"),
    (answer(#""sid":"\#(sid)","status":"suspended""#), "accountSuspended"),
    (answer(#""sid":"\#(sid)","status":"closed""#), "accountClosed"),
    (answer(#""sid":"ACb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1","status":"active""#), "accountMismatch"),
    (answer(#""sid":"nonsense""#), "accountMismatch"),
    (answer(#""sid":null"#), "twilioAnswerMalformed?"),
    (answer(#""nothing":1"#), "twilioAnswerMalformed?"),
    (.answer(.json(200, "<html>")), "twilioAnswerMalformed?"),
    (.answer(.json(401, #"{"code":20003}"#)), "tokenRefused"),
    (.answer(.json(403, #"{"code":20008}"#)), "testCredentials"),
    (.answer(.json(403, #"{"code":20403}"#)), "accountNotActive"),
    (.answer(.json(403, #"{"code":70052}"#)), "basicAuthenticationDisabled"),
    (.answer(.json(403, #"{"code":20006}"#)), "insufficientPrivileges?"),
    (.answer(.json(401, "<html>")), "twilioAnswerMalformed?"),
    (.answer(.json(404, #"{"code":20404}"#)), "twilioRefused?"),
    (.answer(.json(429, #"{"code":20429}"#)), "twilioRateLimited?"),
    (.answer(.json(403, #"{"code":70005}"#)), "failureThresholdExceeded?"),
    (.answer(.json(500, #"{"code":20500}"#)), "twilioUnavailable?"),
    (.failure(TransportError(.timedOut, delivery: .maybeSent)), "twilioTimedOut?"),
    (.failure(TransportError(.nameNotResolved, delivery: .notSent)), "twilioUnreachable?"),
  ]

  @Test(arguments: rows.indices)
  func verdict(index: Int) async throws {
    let (step, expected) = Self.rows[index]
    let validator = TwilioCredentialValidator(client: .example(ScriptedTransport([step])))
    let verdict = try await validator.validate(.example(), accountSID: .example(), region: .us1)
    let found =
      switch verdict {
      case .accepted(let account): account.role.rawValue
      case .rejected(let rejection): rejection.reason.rawValue
      case .inconclusive(let error): "\(error.code)?"
      }
    #expect(found == expected)
  }

  @Test(arguments: CredentialRejection.Reason.allCases)
  func everyReasonHasACodeOfItsOwn(reason: CredentialRejection.Reason) {
    let code = CredentialRejection(reason).error.code
    #expect(code.rawValue == reason.rawValue)
    #expect(TokenRotationError.Code.all.contains(code))
  }
}
