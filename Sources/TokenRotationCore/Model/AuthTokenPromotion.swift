#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A promotion that took place: what Twilio says of it, without the token.
///
/// Everything but the account is Twilio's to leave out, and it is left out when the answer to the promotion was lost
/// and the outcome was found by asking again.
public struct AuthTokenPromotion: Hashable, Sendable {
  /// The account whose token was promoted.
  public let accountSID: AccountSID
  /// When Twilio created the token.
  public let dateCreated: Date?
  /// When Twilio last changed it: the time of the promotion.
  public let dateUpdated: Date?
  /// The resource's address.
  public let url: String?
}
