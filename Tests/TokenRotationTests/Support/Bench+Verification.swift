import Testing
import TokenRotation
import TokenRotationSimulator

/// A provider with a trunk and phone numbers, all as it should be, for tests that then spoil something.
extension Bench {
  static let trunk = "TK" + String(repeating: "0f", count: 16)

  var trunkSID: TrunkSID { get throws { try TrunkSID(Self.trunk) } }

  /// `+1800555` and four digits.
  static func number(_ index: Int) throws -> PhoneNumber { try PhoneNumber("+1800555\(1000 + index)") }

  /// Registers the account with a trunk and phone numbers that are at Twilio as well.
  func registerWithTrunk(numbers count: Int = 3, region: TwilioRegion = .us1) async throws -> ProviderID {
    let numbers = try (0..<count).map(Self.number)
    let trunk = try trunkSID
    if region != .us1 {
      twilio.add(SimulatedAccount(sid: try accountSID, primary: firstToken, region: region))
    }
    twilio.changeAccount(try accountSID, region: region) { account in
      account.trunks = [SimulatedTrunk(sid: trunk, domainName: "example.pstn.twilio.com")]
      account.phoneNumbers = numbers.map { SimulatedPhoneNumber($0, trunkSID: trunk) }
    }
    let details = ProviderDetails(
      name: "Support line", trunkSID: trunk, terminationURI: try TerminationURI("example.pstn.twilio.com"),
      phoneNumbers: numbers)
    return try await providers.register(
      accountSID: accountSID, authToken: firstToken, details: details, region: region
    ).id
  }

  /// Changes the trunk at Twilio.
  func changeTrunk(_ change: (inout SimulatedTrunk) -> Void) throws {
    twilio.changeAccount(try accountSID) { if !$0.trunks.isEmpty { change(&$0.trunks[0]) } }
  }
}

extension VerificationReport {
  func check(_ name: VerificationCheck.Name) throws -> VerificationCheck {
    try #require(checks.first { $0.name == name })
  }
}
