/// What a host says of a provider, as against what Twilio says: none of it is touched by an update of the token.
public struct ProviderDetails: Hashable, Sendable {
  /// How many characters, counted as Unicode scalars, a name may have.
  public static let maximumNameLength = 100

  /// The name that the customer gave it, 1 to 100 characters.
  public var name: String
  /// Whether the trunk may transfer calls.
  public var supportsCallTransfer: Bool
  /// The trunk that carries the calls, if any.
  public var trunkSID: TrunkSID?
  /// The SIP domain that calls are sent to, if any.
  public var terminationURI: TerminationURI?
  /// The phone numbers that the host imported, for verification to look for; setting them sets the count.
  public var phoneNumbers: [PhoneNumber] {
    didSet { phoneNumberCount = phoneNumbers.count }
  }
  /// How many phone numbers the host imported: as many as ``phoneNumbers``, or any number where none is named.
  ///
  /// A host that keeps the numbers elsewhere may give their number alone. Verification can then tell that there are too
  /// few, and not which ones are missing.
  public var phoneNumberCount: Int

  /// Describes a provider; what is wrong with the values is found when they are used.
  ///
  /// - Parameters:
  ///   - name: The name that the customer gave it.
  ///   - supportsCallTransfer: Whether the trunk may transfer calls.
  ///   - trunkSID: The trunk that carries the calls.
  ///   - terminationURI: The SIP domain that calls are sent to.
  ///   - phoneNumbers: The phone numbers that the host imported.
  ///   - phoneNumberCount: How many there are, where they are not named.
  public init(
    name: String,
    supportsCallTransfer: Bool = false,
    trunkSID: TrunkSID? = nil,
    terminationURI: TerminationURI? = nil,
    phoneNumbers: [PhoneNumber] = [],
    phoneNumberCount: Int? = nil
  ) {
    self.name = name
    self.supportsCallTransfer = supportsCallTransfer
    self.trunkSID = trunkSID
    self.terminationURI = terminationURI
    self.phoneNumbers = phoneNumbers
    self.phoneNumberCount = phoneNumberCount ?? phoneNumbers.count
  }

  func check() throws {
    guard (1...Self.maximumNameLength).contains(name.unicodeScalars.count), !name.unicodeScalars.contains("\0") else {
      throw TokenRotationError(
        .nameMalformed, "A provider's name has 1 to \(Self.maximumNameLength) characters and no NUL among them.")
    }
    guard phoneNumberCount >= 0 else {
      throw TokenRotationError(.phoneNumberCountMalformed, "The number of imported phone numbers is negative.")
    }
    guard phoneNumbers.isEmpty || phoneNumberCount == phoneNumbers.count else {
      throw TokenRotationError(
        .phoneNumberCountMalformed, "The number of imported phone numbers is not that of those named. Set those alone.")
    }
  }
}
