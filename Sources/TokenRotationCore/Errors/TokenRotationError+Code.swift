extension TokenRotationError {
  /// Which error it is: open, so that a code can be added without breaking a host's `switch`.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code as it appears in logs, metrics and problem documents.
    public let rawValue: String

    /// Makes a code; an adopter of a port may bring its own.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The raw value.
    public var description: String { rawValue }
  }
}

extension TokenRotationError.Code {
  // MARK: What the caller gave

  /// An Auth Token that no person can have read off the Twilio Console.
  public static let authTokenMalformed = Self(rawValue: "authTokenMalformed")
  /// An account SID that is not `AC` and 32 hexadecimal characters.
  public static let accountSIDMalformed = Self(rawValue: "accountSIDMalformed")
  /// A trunk SID that is not `TK` and 32 hexadecimal characters.
  public static let trunkSIDMalformed = Self(rawValue: "trunkSIDMalformed")
  /// A provider id that is empty or longer than 128 characters.
  public static let providerIDMalformed = Self(rawValue: "providerIDMalformed")
  /// A region or edge that does not follow Twilio's naming.
  public static let regionMalformed = Self(rawValue: "regionMalformed")
  /// A provider's name that is empty or longer than 100 characters.
  public static let nameMalformed = Self(rawValue: "nameMalformed")
  /// A termination URI that is not a `pstn.twilio.com` domain.
  public static let terminationURIMalformed = Self(rawValue: "terminationURIMalformed")
  /// A phone number that is not `+` and 2 to 15 digits.
  public static let phoneNumberMalformed = Self(rawValue: "phoneNumberMalformed")
  /// A number of phone numbers that is negative, or not that of the phone numbers named.
  public static let phoneNumberCountMalformed = Self(rawValue: "phoneNumberCountMalformed")
  /// A setting, or a combination of settings, that cannot work.
  public static let configurationInvalid = Self(rawValue: "configurationInvalid")

  // MARK: Providers

  /// No provider has this id.
  public static let providerNotFound = Self(rawValue: "providerNotFound")
  /// A provider with this id is there already.
  public static let providerAlreadyRegistered = Self(rawValue: "providerAlreadyRegistered")
  /// A provider with this account SID and region is there already.
  public static let accountAlreadyRegistered = Self(rawValue: "accountAlreadyRegistered")

  // MARK: Keys and sealed tokens

  /// No key was configured.
  public static let keyringMissing = Self(rawValue: "keyringMissing")
  /// A key that is not 32 bytes in base64.
  public static let keyMalformed = Self(rawValue: "keyMalformed")
  /// A key that is in the keyring twice.
  public static let keyDuplicate = Self(rawValue: "keyDuplicate")
  /// A key file that cannot be read, or is no file.
  public static let keyFileUnreadable = Self(rawValue: "keyFileUnreadable")
  /// A key file that others can read.
  public static let keyFileReadableByOthers = Self(rawValue: "keyFileReadableByOthers")
  /// A key that is to go, and still seals stored tokens.
  public static let keyInUse = Self(rawValue: "keyInUse")
  /// A key that stored tokens are sealed with, and that the keyring lacks.
  public static let keyMissing = Self(rawValue: "keyMissing")
  /// A cipher that does not tell which key sealed a token, where that is needed.
  public static let keysNotNamed = Self(rawValue: "keysNotNamed")
  /// A sealed token that is shorter than any can be.
  public static let sealedTokenTruncated = Self(rawValue: "sealedTokenTruncated")
  /// Bytes that are not a sealed token of a version that this cipher knows.
  public static let sealedTokenForeign = Self(rawValue: "sealedTokenForeign")
  /// A sealed token whose key is not in the keyring.
  public static let sealedTokenKeyUnknown = Self(rawValue: "sealedTokenKeyUnknown")
  /// A sealed token that was altered, or copied from another provider or slot.
  public static let sealedTokenAltered = Self(rawValue: "sealedTokenAltered")
  /// The cipher itself failed.
  public static let cipherFailed = Self(rawValue: "cipherFailed")

  // MARK: What Twilio said of a token or an account

  /// Twilio refused the token (401/20003), for one of several reasons that it does not tell apart.
  public static let tokenRefused = Self(rawValue: "tokenRefused")
  /// The token authenticates, but as the account's secondary.
  public static let tokenIsSecondary = Self(rawValue: "tokenIsSecondary")
  /// Twilio says that the account is suspended.
  public static let accountSuspended = Self(rawValue: "accountSuspended")
  /// Twilio says that the account is closed.
  public static let accountClosed = Self(rawValue: "accountClosed")
  /// Twilio says that the account is not active, without saying more (20005, 10001, 20403).
  public static let accountNotActive = Self(rawValue: "accountNotActive")
  /// Test credentials, which can be neither validated nor rotated (403/20008).
  public static let testCredentials = Self(rawValue: "testCredentials")
  /// The credentials may not do this (20006).
  public static let insufficientPrivileges = Self(rawValue: "insufficientPrivileges")
  /// The account allows public-key client validation only (70052).
  public static let basicAuthenticationDisabled = Self(rawValue: "basicAuthenticationDisabled")
  /// Twilio answered for another account than the one asked for.
  public static let accountMismatch = Self(rawValue: "accountMismatch")
  /// Too many failed attempts with this account (70005).
  public static let failureThresholdExceeded = Self(rawValue: "failureThresholdExceeded")

  // MARK: Sessions

  /// Twilio refuses every token that is held for the provider.
  public static let tokensRefused = Self(rawValue: "tokensRefused")
  /// A request to a host that the provider's token must not be sent to.
  public static let hostNotAllowed = Self(rawValue: "hostNotAllowed")
  /// A request that brings credentials of its own to a session.
  public static let credentialsNotAllowed = Self(rawValue: "credentialsNotAllowed")

  // MARK: Trunks

  /// The account has no trunk with this SID (404 on fetching it or its phone numbers).
  public static let trunkNotFound = Self(rawValue: "trunkNotFound")

  // MARK: Secondary tokens

  /// The account has a secondary already (400/70002), or the record holds a candidate.
  public static let secondaryExists = Self(rawValue: "secondaryExists")
  /// Twilio offers no Auth Token API for this account (404/20404 on creating).
  public static let authTokensNotEnabled = Self(rawValue: "authTokensNotEnabled")
  /// The record holds no candidate, so there is nothing that could be promoted safely.
  public static let candidateMissing = Self(rawValue: "candidateMissing")
  /// Twilio has no secondary for this account (404/20404 on deleting and promoting).
  public static let secondaryNotFound = Self(rawValue: "secondaryNotFound")
  /// Twilio accepted the call, and its answer does not hold the token.
  public static let tokenNotReturned = Self(rawValue: "tokenNotReturned")
  /// The host for this call in this region is not known.
  public static let regionNotSupported = Self(rawValue: "regionNotSupported")

  // MARK: Rotations

  /// Another worker holds the provider's rotation.
  public static let rotationInProgress = Self(rawValue: "rotationInProgress")
  /// The rotation cannot go on without a person.
  public static let rotationQuarantined = Self(rawValue: "rotationQuarantined")
  /// Twilio's answers contradict each other; the rotation is left open.
  public static let rotationUnsettled = Self(rawValue: "rotationUnsettled")
  /// Twilio no longer accepts the candidate, so the rotation was given up.
  public static let candidateRejected = Self(rawValue: "candidateRejected")

  // MARK: Asking Twilio

  /// Twilio could not be reached.
  public static let twilioUnreachable = Self(rawValue: "twilioUnreachable")
  /// Twilio did not answer in time.
  public static let twilioTimedOut = Self(rawValue: "twilioTimedOut")
  /// Twilio asks for a pause (429).
  public static let twilioRateLimited = Self(rawValue: "twilioRateLimited")
  /// Twilio answered with a server error (5xx).
  public static let twilioUnavailable = Self(rawValue: "twilioUnavailable")
  /// Twilio answered something that it never answers.
  public static let twilioAnswerMalformed = Self(rawValue: "twilioAnswerMalformed")
  /// Twilio refused the request (any other 4xx).
  public static let twilioRefused = Self(rawValue: "twilioRefused")

  // MARK: The store

  /// The record was changed by someone else in between.
  public static let storeConflict = Self(rawValue: "storeConflict")
  /// The store forgets everything when the process ends, which this operation cannot allow.
  public static let storeNotDurable = Self(rawValue: "storeNotDurable")
  /// The store failed.
  public static let storeFailed = Self(rawValue: "storeFailed")
  /// A record that this version cannot read.
  public static let recordUnreadable = Self(rawValue: "recordUnreadable")
  /// What the store was given is no database, or holds something else.
  public static let databaseForeign = Self(rawValue: "databaseForeign")
  /// The database has a schema of a newer release.
  public static let databaseNewer = Self(rawValue: "databaseNewer")
  /// The database cannot be created or written where it is.
  public static let databaseReadOnly = Self(rawValue: "databaseReadOnly")
  /// There is no room left for the database.
  public static let databaseFull = Self(rawValue: "databaseFull")
  /// Others kept the database locked for longer than the store waits.
  public static let databaseBusy = Self(rawValue: "databaseBusy")
  /// No connection to the database server could be made.
  public static let databaseUnreachable = Self(rawValue: "databaseUnreachable")
  /// The connection to the database server ended in the middle of a call.
  public static let databaseConnectionLost = Self(rawValue: "databaseConnectionLost")
  /// The database did not answer in time.
  public static let databaseTimedOut = Self(rawValue: "databaseTimedOut")
  /// Every connection that the store may have was in use for longer than it waits.
  public static let databasePoolExhausted = Self(rawValue: "databasePoolExhausted")
  /// The database server refused the user or the password.
  public static let databaseAuthenticationFailed = Self(rawValue: "databaseAuthenticationFailed")
  /// TLS with the database server failed: certificate, name or version.
  public static let databaseTLSFailed = Self(rawValue: "databaseTLSFailed")
  /// The server has no database of this name.
  public static let databaseNotFound = Self(rawValue: "databaseNotFound")

  /// Every code that this package throws.
  public static let all: Set<Self> = [
    authTokenMalformed, accountSIDMalformed, trunkSIDMalformed, providerIDMalformed, regionMalformed, nameMalformed,
    terminationURIMalformed, phoneNumberMalformed, phoneNumberCountMalformed, configurationInvalid, providerNotFound,
    providerAlreadyRegistered, accountAlreadyRegistered, keyringMissing, keyMalformed, keyDuplicate,
    keyFileUnreadable, keyFileReadableByOthers, keyInUse, keyMissing, keysNotNamed, sealedTokenTruncated,
    sealedTokenForeign, sealedTokenKeyUnknown,
    sealedTokenAltered, cipherFailed, tokenRefused, tokenIsSecondary, accountSuspended, accountClosed,
    accountNotActive, testCredentials, insufficientPrivileges, basicAuthenticationDisabled, accountMismatch,
    failureThresholdExceeded, tokensRefused, hostNotAllowed, credentialsNotAllowed, trunkNotFound, secondaryExists,
    authTokensNotEnabled, candidateMissing,
    secondaryNotFound, rotationInProgress, rotationQuarantined, rotationUnsettled, candidateRejected, tokenNotReturned,
    regionNotSupported, twilioUnreachable, twilioTimedOut, twilioRateLimited, twilioUnavailable,
    twilioAnswerMalformed, twilioRefused, storeConflict, storeNotDurable, storeFailed, recordUnreadable,
    databaseForeign, databaseNewer, databaseReadOnly, databaseFull, databaseBusy, databaseUnreachable,
    databaseConnectionLost, databaseTimedOut, databasePoolExhausted, databaseAuthenticationFailed, databaseTLSFailed,
    databaseNotFound,
  ]

  /// The codes after which the same call may well succeed later without anyone changing anything.
  static let retriable: Set<Self> = [
    twilioUnreachable, twilioTimedOut, twilioRateLimited, twilioUnavailable, failureThresholdExceeded,
    rotationInProgress, rotationUnsettled, storeConflict, storeFailed, databaseBusy, databaseUnreachable,
    databaseConnectionLost, databaseTimedOut, databasePoolExhausted,
  ]
}
