public import TokenRotationCore

/// An Elastic SIP trunk of a simulated account.
public struct SimulatedTrunk: Sendable, Hashable {
  /// Whether calls may be transferred, as Twilio writes it.
  public enum TransferMode: String, Sendable, CaseIterable {
    /// They may not.
    case disableAll = "disable-all"
    /// To anyone.
    case enableAll = "enable-all"
    /// To SIP addresses.
    case sipOnly = "sip-only"
  }

  /// What a trunk lets callers in by, as Twilio writes it.
  public enum AuthenticationType: String, Sendable, CaseIterable {
    /// A list of addresses.
    case addresses = "IP_ACL"
    /// A list of names and passwords.
    case credentials = "CREDENTIAL_LIST"
  }

  /// The trunk's SID.
  public let sid: TrunkSID
  /// The domain that calls are sent to.
  public var domainName: String
  /// The trunk's name.
  public var friendlyName: String
  /// Whether calls may be transferred.
  public var transferMode: TransferMode
  /// What it lets callers in by; a trunk with none receives no traffic.
  public var authenticationTypes: [AuthenticationType]
  /// The account that answers name as its owner; nil for the account that it is listed with.
  public var namedOwner: AccountSID?

  /// Makes a trunk; all but SID and domain have the values of an ordinary one.
  public init(
    sid: TrunkSID,
    domainName: String,
    friendlyName: String = "Simulated trunk",
    transferMode: TransferMode = .disableAll,
    authenticationTypes: [AuthenticationType] = [.credentials],
    namedOwner: AccountSID? = nil
  ) {
    self.sid = sid
    self.domainName = domainName
    self.friendlyName = friendlyName
    self.transferMode = transferMode
    self.authenticationTypes = authenticationTypes
    self.namedOwner = namedOwner
  }
}

/// A phone number of a simulated account.
public struct SimulatedPhoneNumber: Sendable, Hashable {
  /// The number.
  public var number: PhoneNumber
  /// The trunk that it is attached to, if any.
  public var trunkSID: TrunkSID?

  /// Makes a phone number.
  public init(_ number: PhoneNumber, trunkSID: TrunkSID? = nil) {
    self.number = number
    self.trunkSID = trunkSID
  }

  /// The number's own SID, always the same for the same number.
  var sid: String {
    let digits = number.description.dropFirst()
    return "PN" + String(repeating: "0", count: 32 - digits.count) + digits
  }
}
