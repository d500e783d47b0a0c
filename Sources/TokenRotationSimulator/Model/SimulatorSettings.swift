public import TokenRotationCore

extension TwilioSimulator {
  /// How the simulated Twilio behaves where Twilio is not documented, or where it may behave in several ways.
  public struct Settings: Sendable {
    /// How errors are written.
    public enum ErrorShape: Sendable, CaseIterable {
      /// `code`, `message`, `more_info`, `status`.
      case classic
      /// A problem document of RFC 9457 with a `code`, as Twilio's newer services answer.
      case problemDocument
    }

    /// What a field of an answer is in place of its value.
    public enum FieldOverride: Sendable {
      /// It is there and null.
      case null
      /// It is not there.
      case missing
    }

    /// Which of its tokens an account may promote the secondary with.
    public enum PromotionCaller: Sendable, CaseIterable {
      /// Either.
      case any
      /// The primary; the secondary gets 403/20006.
      case primaryOnly
      /// The secondary; the primary gets 403/20006.
      case secondaryOnly
    }

    /// How dates are written.
    public enum DateStyle: Sendable, CaseIterable {
      /// `Thu, 30 Jul 2015 20:00:00 +0000`.
      case rfc2822
      /// `2015-07-30T20:00:00Z`.
      case iso8601
    }

    /// How many requests an account may make.
    public struct RateLimit: Sendable {
      /// How many requests in a period.
      public var requests: Int
      /// The period, which begins with its first request.
      public var period: Duration

      /// Makes a limit.
      public init(requests: Int, per period: Duration) {
        self.requests = requests
        self.period = period
      }
    }

    /// How many failed attempts an account takes before it refuses all, the right token included, with 70005.
    public struct FailureThreshold: Sendable {
      /// How many attempts may fail with no success between them.
      public var attempts: Int
      /// How long it then refuses all.
      public var lockout: Duration

      /// Makes a threshold.
      public init(attempts: Int, lockout: Duration) {
        self.attempts = attempts
        self.lockout = lockout
      }
    }

    /// How errors are written.
    public var errorShape = ErrorShape.classic
    /// What `auth_token` of a fetched account is when the caller used a secondary; nil for the primary token.
    ///
    /// Twilio does not document it.
    public var authTokenForSecondary: FieldOverride?
    /// Fields of successful answers that are null or missing.
    public var fieldOverrides: [Endpoint: [String: FieldOverride]] = [:]
    /// Which tokens may promote, which Twilio does not document.
    public var promotionCaller = PromotionCaller.any
    /// How many characters an issued token has; the one in Twilio's own description has 33.
    public var tokenLength = 32
    /// Whether a suspended or closed account may still be fetched with its own tokens, and tells by its `status`.
    public var answersForInactiveAccounts = false
    /// The nodes that requests reach, in turn.
    public var nodes = [NodeLag.none]
    /// How many requests each account may make; nil for any number.
    public var rateLimit: RateLimit?
    /// How many failed attempts each account takes; nil for any number.
    public var failureThreshold: FailureThreshold?
    /// The region that a request to a loopback address is for; nil for whichever the token is of.
    public var loopbackRegion: TwilioRegion?

    /// How the dates of trunks and of their phone numbers are written: Twilio's text and its example do not agree.
    public var trunkDateStyle = DateStyle.iso8601
    /// The host that a trunk's listing names for its next page; nil for the one that Twilio would name.
    public var nextPageHost: String?
    /// Whether listings come on one page, however large.
    public var ignoresPageSize = false

    /// Makes the settings of a Twilio that behaves well.
    public init() {}
  }

  /// What the simulator can be asked for.
  public enum Endpoint: String, Sendable, Hashable, CaseIterable {
    /// `GET /2010-04-01/Accounts/{Sid}.json`.
    case fetchAccount
    /// `POST /v1/AuthTokens/Secondary`.
    case createSecondary
    /// `DELETE /v1/AuthTokens/Secondary`.
    case deleteSecondary
    /// `POST /v1/AuthTokens/Promote`.
    case promoteSecondary
    /// `GET /v1/Trunks/{Sid}`.
    case fetchTrunk
    /// `GET /v1/Trunks/{Sid}/PhoneNumbers`.
    case listTrunkPhoneNumbers
    /// `GET /2010-04-01/Accounts/{Sid}/IncomingPhoneNumbers.json`.
    case listPhoneNumbers
  }
}
