#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A promotion that took place: what Twilio says of it, without the token.
///
/// Everything but the account is Twilio's to leave out, and it is missing when the answer to the promotion was lost and
/// its outcome was found by asking again.
public struct AuthTokenPromotion: Hashable, Sendable {
  /// The account whose secondary became its primary.
  public let accountSID: AccountSID
  /// When Twilio created the token.
  public let dateCreated: Date?
  /// When Twilio last changed it: the time of the promotion.
  public let dateUpdated: Date?
  /// The resource's address at Twilio.
  public let url: String?
}

/// A secondary that was created and stored: what Twilio says of it, without the token.
public struct SecondaryAuthToken: Hashable, Sendable {
  /// The account that the secondary belongs to.
  public let accountSID: AccountSID
  /// When Twilio created it.
  public let dateCreated: Date?
  /// When Twilio last changed it.
  public let dateUpdated: Date?
  /// The resource's address at Twilio.
  public let url: String?
}
