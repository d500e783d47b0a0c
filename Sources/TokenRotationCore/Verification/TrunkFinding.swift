#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The Trunk check: whether the trunk exists, is the account's, and fits what the host says of it.
struct TrunkFinding {
  private let finding: VerificationFinding

  init(_ answer: Result<TwilioTrunk, TokenRotationError>?, of record: ProviderRecord) {
    finding =
      switch (answer, record.details.trunkSID) {
      case (nil, _), (_, nil):
        VerificationFinding(.skipped, "The provider has no trunk.")
      case (.failure(let error), let sid?) where error.code == .trunkNotFound:
        VerificationFinding(
          .failed, "The account has no such trunk: it was deleted, or it is another account's.",
          ["trunkSid": sid.description].merging(VerificationFinding.details(of: error.answer)) { $1 })
      case (.failure(let error), _):
        .inconclusive(error)
      case (.success(let trunk), let sid?):
        Self.judge(trunk, sid, record)
      }
  }

  func check(_ name: VerificationCheck.Name, at date: Date) -> VerificationCheck { finding.check(name, at: date) }

  private static func judge(_ trunk: TwilioTrunk, _ sid: TrunkSID, _ record: ProviderRecord) -> VerificationFinding {
    var details = ["trunkSid": sid.description]
    // Twilio may leave any field out, which is no evidence against the trunk.
    if let owner = trunk.accountSID, (try? AccountSID(owner)) != record.accountSID {
      details["accountSid"] = owner
      return VerificationFinding(.failed, "The trunk belongs to another account.", details)
    }
    var problems: [String] = []
    if let domain = trunk.domainName, let uri = record.details.terminationURI {
      details["domainName"] = domain
      details["terminationUri"] = uri.description
      if !uri.agrees(with: domain) { problems.append("The termination URI is not the trunk's domain \(domain).") }
    }
    if let mode = trunk.transferMode {
      details["transferMode"] = mode
      let expected = record.details.supportsCallTransfer
      details["supportsCallTransfer"] = String(expected)
      if allowsTransfer(mode) == !expected {
        problems.append(
          expected
            ? "Call transfer is disabled on the trunk, and the provider is said to support it."
            : "Call transfer is enabled on the trunk, and the provider is said not to support it.")
      }
    }
    return problems.isEmpty
      ? VerificationFinding(.passed, "The trunk exists and agrees with the provider.", details)
      : VerificationFinding(.warning, problems.joined(separator: " "), details)
  }

  /// Nil for a mode that Twilio does not document.
  private static func allowsTransfer(_ mode: String) -> Bool? {
    switch mode {
    case "disable-all": false
    case "enable-all", "sip-only": true
    default: nil
    }
  }
}

/// The Credential List check: whether the trunk lets anybody in.
struct CredentialListFinding {
  private let finding: VerificationFinding

  init(_ answer: Result<TwilioTrunk, TokenRotationError>?, of record: ProviderRecord) {
    finding =
      switch answer {
      case nil:
        VerificationFinding(.skipped, "The provider has no trunk.")
      case .failure(let error) where error.code == .trunkNotFound:
        VerificationFinding(.skipped, "There is no trunk to look at; see the check of the trunk.")
      case .failure(let error):
        .inconclusive(error)
      case .success(let trunk):
        Self.judge(trunk)
      }
  }

  func check(_ name: VerificationCheck.Name, at date: Date) -> VerificationCheck { finding.check(name, at: date) }

  /// Source: <https://www.twilio.com/docs/sip-trunking/api/trunk-resource>: if `auth_type` is empty, the domain will not
  /// receive any traffic.
  private static func judge(_ trunk: TwilioTrunk) -> VerificationFinding {
    guard let types = trunk.authenticationTypes else {
      return VerificationFinding(.inconclusive, "Twilio's answer does not say what the trunk lets callers in by.")
    }
    let details = ["authenticationTypes": types.joined(separator: ", ")]
    return types.isEmpty
      ? VerificationFinding(
        .failed,
        "The trunk has neither a credential list nor an IP access control list, so it receives no traffic. Add one in the "
          + "Twilio Console.", details)
      : VerificationFinding(.passed, "The trunk lets callers in by \(types.joined(separator: " and ")).", details)
  }
}

extension TerminationURI {
  /// Whether this is a form of a trunk's domain: the same trunk name, whichever edge, region or interconnect stands in it.
  func agrees(with domainName: String) -> Bool {
    (try? TerminationURI(domainName))?.trunkName == trunkName
  }
}
