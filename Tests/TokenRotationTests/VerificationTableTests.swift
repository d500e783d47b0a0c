import Foundation
import HTTPTypes
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

/// One state of things at Twilio, and the report that has to come of it.
struct VerificationRow: CustomTestStringConvertible, Sendable {
  typealias Status = VerificationCheck.Status

  let testDescription: String
  /// Credentials, Trunk, Credential List, Phone Numbers.
  let statuses: [Status]
  let overall: VerificationReport.Status
  let prepare: @Sendable (Bench, ProviderID) async throws -> Void
  /// What is to be found among the details of a check.
  let details: [VerificationCheck.Name: [String: String]]

  init(
    _ name: String, _ statuses: [Status], _ overall: VerificationReport.Status,
    _ details: [VerificationCheck.Name: [String: String]] = [:],
    _ prepare: @escaping @Sendable (Bench, ProviderID) async throws -> Void
  ) {
    (testDescription, self.statuses, self.overall, self.details) = (name, statuses, overall, details)
    self.prepare = prepare
  }

  static let all: [VerificationRow] = trunks + credentialLists + numbers + accounts + withoutTrunk + outages

  private static let trunks = [
    VerificationRow(
      "all as it should be", [.passed, .passed, .passed, .passed], .verified,
      [.credentials: ["role": "primary"], .phoneNumbers: ["imported": "3", "found": "3"]]
    ) { _, _ in },
    VerificationRow(
      "missing trunk", [.passed, .failed, .skipped, .failed], .failed,
      [.trunk: ["twilioStatus": "404", "twilioCode": "20404"]]
    ) { bench, _ in
      bench.twilio.changeAccount(try bench.accountSID) { account in
        account.trunks = []
        account.phoneNumbers = account.phoneNumbers.map { SimulatedPhoneNumber($0.number) }
      }
    },
    VerificationRow(
      "foreign trunk", [.passed, .failed, .passed, .passed], .failed,
      [.trunk: ["accountSid": "ACb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"]]
    ) { bench, _ in
      let other = try AccountSID("ACb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2")
      try bench.changeTrunk { $0.namedOwner = other }
    },
    VerificationRow(
      "transfer disabled", [.passed, .warning, .passed, .passed], .warning,
      [.trunk: ["transferMode": "disable-all", "supportsCallTransfer": "true"]]
    ) { bench, id in
      _ = try await bench.providers.updateDetails(of: id) { $0.supportsCallTransfer = true }
    },
    VerificationRow(
      "transfer enabled unasked", [.passed, .warning, .passed, .passed], .warning,
      [.trunk: ["transferMode": "sip-only", "supportsCallTransfer": "false"]]
    ) { bench, _ in try bench.changeTrunk { $0.transferMode = .sipOnly } },
    VerificationRow("transfer enabled as it should be", [.passed, .passed, .passed, .passed], .verified) { bench, id in
      try bench.changeTrunk { $0.transferMode = .enableAll }
      _ = try await bench.providers.updateDetails(of: id) { $0.supportsCallTransfer = true }
    },
    VerificationRow(
      "another domain", [.passed, .warning, .passed, .passed], .warning,
      [.trunk: ["domainName": "another.pstn.twilio.com", "terminationUri": "example.pstn.twilio.com"]]
    ) { bench, _ in try bench.changeTrunk { $0.domainName = "another.pstn.twilio.com" } },
    VerificationRow("no termination URI", [.passed, .passed, .passed, .passed], .verified) { bench, id in
      _ = try await bench.providers.updateDetails(of: id) { $0.terminationURI = nil }
      try bench.changeTrunk { $0.domainName = "another.pstn.twilio.com" }
    },
  ]

  private static let credentialLists = [
    VerificationRow(
      "empty authentication type", [.passed, .passed, .failed, .passed], .warning,
      [.credentialList: ["authenticationTypes": ""]]
    ) { bench, _ in try bench.changeTrunk { $0.authenticationTypes = [] } },
    VerificationRow(
      "addresses alone", [.passed, .passed, .passed, .passed], .verified,
      [.credentialList: ["authenticationTypes": "IP_ACL"]]
    ) { bench, _ in try bench.changeTrunk { $0.authenticationTypes = [.addresses] } },
    VerificationRow(
      "both", [.passed, .passed, .passed, .passed], .verified,
      [.credentialList: ["authenticationTypes": "CREDENTIAL_LIST, IP_ACL"]]
    ) { bench, _ in try bench.changeTrunk { $0.authenticationTypes = [.addresses, .credentials] } },
    VerificationRow("no word of it", [.passed, .passed, .inconclusive, .passed], .verified) { bench, _ in
      bench.twilio.configure { $0.fieldOverrides[.fetchTrunk] = ["auth_type": .null, "auth_type_set": .missing] }
    },
  ]

  private static let numbers = [
    VerificationRow(
      "3,000 numbers", [.passed, .passed, .passed, .passed], .verified,
      [.phoneNumbers: ["imported": "3000", "found": "3000"]]
    ) { bench, id in try await bench.importNumbers(3000, id) },
    VerificationRow(
      "3,000 numbers, two gone and one detached", [.passed, .passed, .passed, .failed], .warning,
      [
        .phoneNumbers: [
          "imported": "3000", "found": "2997", "missing": "+18005551002, +18005553999", "notAttached": "+18005551001",
        ]
      ]
    ) { bench, id in
      try await bench.importNumbers(3000, id)
      bench.twilio.changeAccount(try bench.accountSID) { account in
        account.phoneNumbers[1].trunkSID = nil
        account.phoneNumbers.remove(at: 2999)
        account.phoneNumbers.remove(at: 2)
      }
    },
    VerificationRow(
      "a count alone", [.passed, .passed, .passed, .passed], .verified, [.phoneNumbers: ["found": "3"]]
    ) { bench, id in
      _ = try await bench.providers.updateDetails(of: id) { ($0.phoneNumbers, $0.phoneNumberCount) = ([], 2) }
    },
    VerificationRow(
      "a count that is too high", [.passed, .passed, .passed, .failed], .warning, [.phoneNumbers: ["found": "3"]]
    ) { bench, id in
      _ = try await bench.providers.updateDetails(of: id) { ($0.phoneNumbers, $0.phoneNumberCount) = ([], 4) }
    },
    VerificationRow("a next page elsewhere", [.passed, .passed, .passed, .inconclusive], .verified) { bench, id in
      try await bench.importNumbers(600, id)
      bench.twilio.configure { $0.nextPageHost = "trunking.twilio.com.example.com" }
    },
  ]

  private static let accounts: [VerificationRow] =
    [
      VerificationRow(
        "suspended account", [.failed, .inconclusive, .inconclusive, .inconclusive], .failed,
        [.credentials: ["reason": "tokenRefused", "twilioStatus": "401", "twilioCode": "20003"]]
      ) { bench, _ in bench.twilio.changeAccount(try bench.accountSID) { $0.status = .suspended } },
      VerificationRow(
        "suspended account, and Twilio tells", [.failed, .passed, .passed, .passed], .failed,
        [.credentials: ["reason": "accountSuspended"]]
      ) { bench, _ in
        bench.twilio.configure { $0.answersForInactiveAccounts = true }
        bench.twilio.changeAccount(try bench.accountSID) { $0.status = .suspended }
      },
      VerificationRow(
        "rotated in the Console", [.failed, .inconclusive, .inconclusive, .inconclusive], .failed
      ) { bench, _ in _ = try bench.rotateInConsole() },
      VerificationRow(
        "the token became the secondary", [.warning, .passed, .passed, .passed], .warning,
        [.credentials: ["role": "secondary"]]
      ) { bench, _ in
        let token = try AuthToken.random()
        bench.twilio.changeAccount(try bench.accountSID) { ($0.primary, $0.secondary) = (token, $0.primary) }
      },
    ]
    + [
      (SimulatedError.testCredentials, Status.failed, VerificationReport.Status.failed),
      (.accountNotActive, .failed, .failed), (.accountInactive, .failed, .failed), (.forbidden, .failed, .failed),
      (.publicKeyValidationRequired, .failed, .failed), (.insufficientPrivileges, .inconclusive, .verified),
      (.failureThresholdExceeded, .inconclusive, .verified),
    ].map { error, credentials, overall in
      VerificationRow(
        "\(error.status)/\(error.code ?? 0)", [credentials, .inconclusive, .inconclusive, .inconclusive], overall
      ) { bench, _ in bench.twilio.changeAccount(try bench.accountSID) { $0.refusal = error } }
    }

  private static let withoutTrunk = [
    VerificationRow("no trunk", [.passed, .skipped, .skipped, .passed], .verified) { bench, id in
      _ = try await bench.providers.updateDetails(of: id) { $0.trunkSID = nil }
    },
    VerificationRow("no trunk, a number gone", [.passed, .skipped, .skipped, .failed], .warning) { bench, id in
      _ = try await bench.providers.updateDetails(of: id) { $0.trunkSID = nil }
      bench.twilio.changeAccount(try bench.accountSID) { _ = $0.phoneNumbers.removeLast() }
    },
    VerificationRow("neither trunk nor numbers", [.passed, .skipped, .skipped, .skipped], .verified) { bench, id in
      _ = try await bench.providers.updateDetails(of: id) { ($0.trunkSID, $0.phoneNumbers) = (nil, []) }
    },
  ]

  /// Each answer that says nothing, to each of the questions.
  private static let outages: [VerificationRow] = [
    (TwilioSimulator.Endpoint.fetchAccount, [Status.inconclusive, .passed, .passed, .passed]),
    (.fetchTrunk, [.passed, .inconclusive, .inconclusive, .passed]),
    (.listTrunkPhoneNumbers, [.passed, .passed, .passed, .inconclusive]),
  ].flatMap { endpoint, statuses in
    [SimulatedError.rateLimited, .serverError, .unavailable, .tokenRefused].compactMap { error in
      // A refused token is a result for the account, and none for the rest.
      let isResult = endpoint == .fetchAccount && error == .tokenRefused
      return isResult
        ? nil
        : VerificationRow("\(endpoint.rawValue): \(error.status)", statuses, .verified) { bench, _ in
          bench.twilio.answerNext(.max, to: endpoint, with: error)
        }
    }
  }
}

extension Bench {
  fileprivate func importNumbers(_ count: Int, _ id: ProviderID) async throws {
    let (numbers, trunk) = (try (0..<count).map(Self.number), try trunkSID)
    _ = try await providers.updateDetails(of: id) { $0.phoneNumbers = numbers }
    twilio.changeAccount(try accountSID) { account in
      account.phoneNumbers = numbers.map { SimulatedPhoneNumber($0, trunkSID: trunk) }
    }
  }
}

@Suite("Verification: every answer of Twilio's, and the report that comes of it")
struct VerificationTableTests {
  @Test(arguments: VerificationRow.all)
  func report(row: VerificationRow) async throws {
    let bench = try Bench()
    let id = try await bench.registerWithTrunk()
    try await row.prepare(bench, id)
    bench.time.advance(by: .seconds(60))
    let token = try await bench.storedToken(id)
    let report = try await bench.providers.verify(id)
    #expect(report.checks.map(\.name) == [.credentials, .trunk, .credentialList, .phoneNumbers])
    #expect(report.checks.map(\.status) == row.statuses, "\(report.checks.map(\.message))")
    #expect(report.status == row.overall)
    #expect(report.checks.allSatisfy { !$0.message.isEmpty && $0.timestamp == bench.time.date })
    for (name, details) in row.details {
      let found = try report.check(name).details ?? [:]
      for (key, value) in details { #expect(found[key] == value, "\(name.rawValue): \(found)") }
    }
    #expect(try await bench.providers.provider(id).verification == report, "stored as it was given")
    #expect(try await bench.storedToken(id) == token)
  }

  /// The ways in which no answer comes, to all questions and to each alone.
  @Test(
    arguments: [
      TransportError(.timedOut, delivery: .maybeSent), TransportError(.connectionFailed, delivery: .notSent),
      TransportError(.responseTooLarge, delivery: .maybeSent),
    ], [nil, "/Accounts/\(Bench.sid).json", "/Trunks/\(Bench.trunk)", "/PhoneNumbers"])
  func noAnswer(failure: TransportError, path: String?) async throws {
    let isDown = Switch()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        let asked = request.head.path?.prefix { $0 != "?" } ?? ""
        if isDown.isOn, path.map(asked.hasSuffix) ?? true { throw failure }
        return try await twilio.send(request)
      }
    })
    let id = try await bench.registerWithTrunk()
    isDown.turn(on: true)
    let report = try await bench.providers.verify(id)
    let expected: [VerificationCheck.Status] =
      switch path {
      case nil: [.inconclusive, .inconclusive, .inconclusive, .inconclusive]
      case "/PhoneNumbers": [.passed, .passed, .passed, .inconclusive]
      case "/Trunks/\(Bench.trunk)": [.passed, .inconclusive, .inconclusive, .passed]
      default: [.inconclusive, .passed, .passed, .passed]
      }
    #expect(report.checks.map(\.status) == expected)
    #expect(report.status == .verified, "an outage fails nobody")
  }

  @Test(arguments: [
    "example.pstn.twilio.com", "example.pstn.ashburn.twilio.com", "example.pstn.umatilla.twilio.com",
    "example.pstn.dublin.twilio.com", "example.pstn.frankfurt.twilio.com", "example.pstn.singapore.twilio.com",
    "example.pstn.tokyo.twilio.com", "example.pstn.sao-paulo.twilio.com", "example.pstn.sydney.twilio.com",
    "example.pstn.us1.twilio.com", "example.pstn.us2.twilio.com", "example.pstn.ie1.twilio.com",
    "example.pstn.de1.twilio.com", "example.pstn.sg1.twilio.com", "example.pstn.jp1.twilio.com",
    "example.pstn.br1.twilio.com", "example.pstn.au1.twilio.com", "example.pstn.ashburn-ix.twilio.com",
    "example.pstn.san-jose-ix.twilio.com", "example.pstn.london-ix.twilio.com", "example.pstn.frankfurt-ix.twilio.com",
    "example.pstn.singapore-ix.twilio.com", "example.pstn.tokyo-ix.twilio.com", "example.pstn.sydney-ix.twilio.com",
    "example.pstn.sao-paulo-ix.twilio.com",
  ])
  func everyFormOfTheTrunksDomainAgrees(domain: String) async throws {
    let bench = try Bench()
    let id = try await bench.registerWithTrunk()
    _ = try await bench.providers.updateDetails(of: id) { $0.terminationURI = try TerminationURI(domain) }
    #expect(try await bench.providers.verify(id).check(.trunk).status == .passed)
    try bench.changeTrunk { $0.domainName = "another.pstn.twilio.com" }
    #expect(try await bench.providers.verify(id).check(.trunk).status == .warning)
  }

  @Test(arguments: ["sid", "account_sid", "domain_name", "transfer_mode", "date_created", "url"])
  func aFieldThatTwilioLeavesOutIsNoEvidence(field: String) async throws {
    for missing in [TwilioSimulator.Settings.FieldOverride.null, .missing] {
      let bench = try Bench()
      let id = try await bench.registerWithTrunk()
      bench.twilio.configure { settings in
        settings.fieldOverrides[.fetchTrunk] = [field: missing]
        settings.trunkDateStyle = missing == .null ? .rfc2822 : .iso8601
      }
      let report = try await bench.providers.verify(id)
      #expect(try report.check(.trunk).status == (field == "sid" ? .inconclusive : .passed))
      #expect(report.status == .verified)
    }
  }

  @Test(arguments: [TwilioRegion.ie1, .au1, .de1])
  func aRegionWithoutTheListingOfTrunks(region: TwilioRegion) async throws {
    let bench = try Bench()
    let id = try await bench.registerWithTrunk(region: region)
    #expect(try await bench.providers.verify(id).status == .verified)
    #expect(bench.twilio.requestCount(of: .listTrunkPhoneNumbers) == (region == .de1 ? 1 : 0))
    #expect(bench.twilio.requestCount(of: .listPhoneNumbers) == (region == .de1 ? 0 : 1))
    bench.twilio.changeAccount(try bench.accountSID, region: region) { $0.phoneNumbers[0].trunkSID = nil }
    let check = try await bench.providers.verify(id).check(.phoneNumbers)
    #expect(check.status == .failed)
    #expect(check.details?["notAttached"] == "+18005551000")
  }

  @Test func credentialsGoToTwiliosHostsAloneOnEveryPage() async throws {
    let requests = Box<[String]>()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        requests.set((requests.value ?? []) + ["\(request.head.scheme ?? "")://\(request.head.authority ?? "")"])
        return try await twilio.send(request)
      }
    })
    let id = try await bench.registerWithTrunk(numbers: 1200)
    _ = try await bench.providers.verify(id)
    #expect(bench.twilio.requestCount(of: .listTrunkPhoneNumbers) == 3)
    bench.twilio.configure { $0.nextPageHost = "evil.example.com" }
    let check = try await bench.providers.verify(id).check(.phoneNumbers)
    #expect(check.details?["reason"] == "twilioAnswerMalformed")
    #expect(Set(requests.value ?? []) == ["https://api.twilio.com", "https://trunking.twilio.com"])
  }
}
