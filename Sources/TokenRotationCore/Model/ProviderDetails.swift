/// What a host says of a provider, as against what Twilio says: none of it is touched by an update of the token.
public struct ProviderDetails: Hashable, Sendable {
  /// How many characters a name may have.
  public static let maximumNameLength = 100

  /// The name that the customer gave it, 1 to 100 characters.
  public var name: String
  /// Whether the trunk may transfer calls.
  public var supportsCallTransfer: Bool
  /// The trunk that carries the calls, if any.
  public var trunkSID: TrunkSID?
  /// The SIP domain that calls are sent to, if any.
  public var terminationURI: TerminationURI?
  /// How many phone numbers the host imported.
  public var phoneNumberCount: Int

  /// Describes a provider; what is wrong with the values is found when they are used.
  public init(
    name: String,
    supportsCallTransfer: Bool = false,
    trunkSID: TrunkSID? = nil,
    terminationURI: TerminationURI? = nil,
    phoneNumberCount: Int = 0
  ) {
    self.name = name
    self.supportsCallTransfer = supportsCallTransfer
    self.trunkSID = trunkSID
    self.terminationURI = terminationURI
    self.phoneNumberCount = phoneNumberCount
  }

  func check() throws {
    guard (1...Self.maximumNameLength).contains(name.count), !name.unicodeScalars.contains("\0") else {
      throw TokenRotationError(
        .nameMalformed, "A provider's name has 1 to \(Self.maximumNameLength) characters and no NUL among them.")
    }
    guard phoneNumberCount >= 0 else {
      throw TokenRotationError(.phoneNumberCountMalformed, "The number of imported phone numbers is negative.")
    }
  }
}
