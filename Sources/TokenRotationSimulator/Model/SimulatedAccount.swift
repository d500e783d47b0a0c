public import TokenRotationCore

/// A Twilio account as it really is, which no answer of the simulator tells in full: what a test sets up, looks at and
/// changes behind the back of the code under test.
///
/// Prints and dumps without its tokens.
public struct SimulatedAccount: Sendable, Equatable {
  /// Whether the account may be used.
  public enum Status: String, Sendable, CaseIterable {
    /// It may.
    case active
    /// Twilio stopped it.
    case suspended
    /// Its owner ended it.
    case closed
  }

  /// How often each change was made, whoever asked for it and whether or not the answer arrived.
  public struct MutationCounts: Sendable, Hashable {
    /// Secondary tokens that were created.
    public internal(set) var created = 0
    /// Secondary tokens that were deleted.
    public internal(set) var deleted = 0
    /// Secondary tokens that were promoted.
    public internal(set) var promoted = 0

    /// Nothing was changed.
    public init() {}
  }

  /// The account's SID.
  public let sid: AccountSID
  /// The region whose tokens these are; an account has others elsewhere, as another `SimulatedAccount`.
  public let region: TwilioRegion
  /// The token that signs webhooks and authenticates.
  public var primary: AuthToken
  /// The token that authenticates as well; nil if there is none.
  public var secondary: AuthToken?
  /// Whether it may be used.
  ///
  /// Where it may not, its own tokens are refused with 401/20003 like wrong ones, unless the settings have Twilio tell.
  public var status: Status
  /// The account that owns it, if it is a subaccount: its tokens fetch this one too.
  public var owner: AccountSID?
  /// What every authenticated request is answered with instead of what it asked for: the place for test credentials
  /// (``SimulatedError/testCredentials``), inactive accounts and the like.
  public var refusal: SimulatedError?
  /// Whether the account may create, promote and delete secondary tokens; without, all three answer 404/20404.
  public var hasAuthTokensAPI: Bool
  /// The account's name.
  public var friendlyName: String
  /// `Full` or `Trial`.
  public var type: String
  /// Its Elastic SIP trunks.
  public var trunks: [SimulatedTrunk]
  /// Its phone numbers, in the order in which they are listed.
  public var phoneNumbers: [SimulatedPhoneNumber]
  /// How often its tokens were changed through the API.
  public internal(set) var mutations = MutationCounts()

  /// Makes an account; all but SID and token have the values of an ordinary one.
  public init(
    sid: AccountSID,
    primary: AuthToken,
    secondary: AuthToken? = nil,
    region: TwilioRegion = .us1,
    status: Status = .active,
    owner: AccountSID? = nil,
    refusal: SimulatedError? = nil,
    hasAuthTokensAPI: Bool = true,
    friendlyName: String = "Simulated account",
    type: String = "Full",
    trunks: [SimulatedTrunk] = [],
    phoneNumbers: [SimulatedPhoneNumber] = []
  ) {
    self.sid = sid
    self.region = region
    self.primary = primary
    self.secondary = secondary
    self.status = status
    self.owner = owner
    self.refusal = refusal
    self.hasAuthTokensAPI = hasAuthTokensAPI
    self.friendlyName = friendlyName
    self.type = type
    self.trunks = trunks
    self.phoneNumbers = phoneNumbers
  }

  var tokens: TokenPair { TokenPair(primary: primary, secondary: secondary) }
}

/// Which of an account's two tokens a caller used.
enum TokenRole: Sendable {
  case primary
  case secondary
}
