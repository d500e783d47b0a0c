import Foundation
import Testing
import TokenRotationCore

@Suite("The documents: what users see, and what stores keep")
struct ProviderDocumentTests {
  static func record() throws -> ProviderRecord {
    ProviderRecord(
      id: try ProviderID("support"),
      accountSID: try AccountSID("AC" + String(repeating: "a1", count: 16)),
      region: .ie1,
      details: ProviderDetails(name: "Support \"line\" é"),
      token: SealedToken(bytes: [1, 2, 3]))
  }

  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  @Test func responseOfANewProvider() throws {
    #expect(
      try Self.encode(TwilioProvider(Self.record())) == """
        {"accountSid":"ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","id":"support","lastVerifiedAt":null,\
        "name":"Support \\"line\\" é","phoneNumberCount":0,"providerType":"twilio","region":"ie1",\
        "supportsCallTransfer":false,"terminationUri":null,"trunkSid":null,"verificationDetails":null,\
        "verificationStatus":"pending"}
        """)
  }

  @Test func responseOfAProviderInUse() throws {
    var record = try Self.record()
    record.details.trunkSID = try TrunkSID("TK" + String(repeating: "0f", count: 16))
    record.details.terminationURI = try TerminationURI("example.pstn.twilio.com")
    record.details.phoneNumberCount = 12
    record.details.supportsCallTransfer = true
    let date = Date(timeIntervalSince1970: 1_790_000_000.125)
    record.verification.record(
      VerificationCheck(name: .trunk, status: .failed, message: "Gone.", timestamp: date, details: ["found": "0"]))
    record.verification.record(
      VerificationCheck(name: .credentials, status: .passed, message: "Fine.", timestamp: date))
    #expect(
      try Self.encode(TwilioProvider(record)) == """
        {"accountSid":"ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","id":"support",\
        "lastVerifiedAt":"2026-09-21T14:13:20.125Z","name":"Support \\"line\\" é","phoneNumberCount":12,\
        "providerType":"twilio","region":"ie1","supportsCallTransfer":true,"terminationUri":"example.pstn.twilio.com",\
        "trunkSid":"TK0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","verificationDetails":[\
        {"checkName":"Credentials","details":null,"message":"Fine.","status":"passed",\
        "timestamp":"2026-09-21T14:13:20.125Z"},\
        {"checkName":"Trunk","details":{"found":"0"},"message":"Gone.","status":"failed",\
        "timestamp":"2026-09-21T14:13:20.125Z"}],"verificationStatus":"failed"}
        """)
  }

  @Test(
    arguments: [
      ([], .pending), ([(.credentials, .passed)], .verified), ([(.trunk, .failed)], .failed),
      ([(.credentials, .passed), (.phoneNumbers, .failed)], .warning),
      ([(.credentials, .inconclusive)], .pending), ([(.trunk, .skipped)], .pending),
      ([(.credentials, .passed), (.trunk, .inconclusive)], .verified),
      ([(.credentialList, .warning), (.trunk, .skipped)], .warning),
    ] as [([(VerificationCheck.Name, VerificationCheck.Status)], VerificationReport.Status)])
  func status(
    checks: [(VerificationCheck.Name, VerificationCheck.Status)], expected: VerificationReport.Status
  ) {
    let results = checks.map { VerificationCheck(name: $0, status: $1, message: "", timestamp: .now) }
    #expect(VerificationReport(checks: results, lastVerifiedAt: nil).status == expected)
  }

  @Test func recordsComeBackAsTheyWent() throws {
    var record = try Self.record()
    record.rotation.phase = .minted
    record.rotation.candidate = SealedToken(bytes: [4, 5])
    record.rotation.mintedAt = Date(timeIntervalSince1970: 1.5)
    record.rotation.givenUp = [SealedToken(bytes: [6])]
    record.rotation.unknownCreate = .noted
    record.rotation.goal = .create
    record.rotation.tenure = RotationTenure(owner: "worker", beat: 7, lease: .milliseconds(1500))
    record.rotation.stop = .unreachable
    record.rotation.evidence = [RotationEvidence(.candidate, .accepted, at: Date(timeIntervalSince1970: 3))]
    record.verification.record(
      VerificationCheck(
        name: .credentials, status: .passed, message: "Fine.", timestamp: Date(timeIntervalSince1970: 2)))
    let text = try Self.encode(record)
    let read = try JSONDecoder().decode(ProviderRecord.self, from: Data(text.utf8))
    #expect(read == record)
    #expect(try Self.encode(read) == text)
  }

  @Test func theStoredFormDoesNotDrift() throws {
    #expect(
      try Self.encode(Self.record()) == """
        {"accountSID":"ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","checks":[],"id":"support","name":"Support \\"line\\" é",\
        "phoneNumberCount":0,"region":"ie1","rotation":{"state":"idle"},"supportsCallTransfer":false,"token":"AQID",\
        "version":1}
        """)
  }

  @Test func theStoredFormOfAnOpenRotationDoesNotDrift() throws {
    var state = RotationState.idle
    state.phase = .quarantined
    state.quarantine = .nothingWorks
    #expect(try Self.encode(state) == #"{"quarantine":"nothingWorks","state":"quarantined"}"#)
    state = .idle
    state.phase = .promoting
    state.candidate = SealedToken(bytes: [1, 2, 3])
    state.mintedAt = Date(timeIntervalSince1970: 0)
    state.goal = .rotate
    state.tenure = RotationTenure(owner: "worker", beat: 4, lease: .seconds(180))
    state.evidence = [RotationEvidence(.promote, .unknown, at: Date(timeIntervalSince1970: 0))]
    #expect(
      try Self.encode(state) == """
        {"beat":4,"candidate":"AQID","evidence":[{"answer":"unknown","at":"1970-01-01T00:00:00.000Z",\
        "subject":"promote"}],"goal":"rotate","leaseMilliseconds":180000,"mintedAt":"1970-01-01T00:00:00.000Z",\
        "owner":"worker","state":"promoting"}
        """)
  }

  @Test(arguments: [
    #"{"state":"minted"}"#, #"{"state":"promoting","mintedAt":"1970-01-01T00:00:00.000Z"}"#,
    #"{"state":"idle","candidate":"AQID"}"#, #"{"state":"dancing"}"#, #"{"state":"creating","owner":"worker"}"#,
    #"{"state":"idle","unknownCreate":"maybe"}"#,
  ])
  func aStateThatCannotBeIsRefused(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(RotationState.self, from: Data(text.utf8)) }
  }

  @Test func fieldsOfANewerReleaseAreKept() throws {
    let rotation = try JSONDecoder().decode(
      RotationState.self, from: Data(#"{"added":[1,{"x":null}],"state":"idle"}"#.utf8))
    #expect(try Self.encode(rotation) == #"{"added":[1,{"x":null}],"state":"idle"}"#)
    let unknown = #""added":{"big":18446744073709551615,"deep":[1,-2,2.5,true,null,"x",{"y":[]}]},"#
    let text = try Self.encode(Self.record()).replacing(#""checks""#, with: unknown + #""checks""#)
    var read = try JSONDecoder().decode(ProviderRecord.self, from: Data(text.utf8))
    read.details.name = "Changed"
    #expect(try Self.encode(read).contains(unknown))
  }

  @Test func phoneNumbersComeBackUnlessAnOlderReleaseChangedTheirCount() throws {
    var record = try Self.record()
    record.details.phoneNumbers = [try PhoneNumber("+18005551212"), try PhoneNumber("+442071838750")]
    let text = try Self.encode(record)
    #expect(text.contains(#""phoneNumberCount":2,"phoneNumbers":["+18005551212","+442071838750"]"#))
    #expect(try JSONDecoder().decode(ProviderRecord.self, from: Data(text.utf8)) == record)
    let recounted = text.replacing(#""phoneNumberCount":2"#, with: #""phoneNumberCount":5"#)
    let read = try JSONDecoder().decode(ProviderRecord.self, from: Data(recounted.utf8))
    #expect(read.details.phoneNumberCount == 5)
    #expect(read.details.phoneNumbers.isEmpty)
  }

  @Test func aNewerVersionIsRefused() throws {
    let text = try Self.encode(Self.record()).replacing(#""version":1"#, with: #""version":2"#)
    #expect(throws: TokenRotationError.self) { try JSONDecoder().decode(ProviderRecord.self, from: Data(text.utf8)) }
  }
}
