/// Why a webhook was not accepted: a code to count and to decide on, and a sentence for whoever set the webhook up.
///
/// It holds nothing of the request but numbers: no parameter, no signature, no address.
public struct WebhookRefusal: Error, Sendable, Hashable {
  /// Which refusal it is.
  public let code: Code
  /// What is wrong and what to do about it.
  public let message: String

  /// Makes a refusal; adapters that refuse something themselves may bring a code of their own.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The kinds of refusals: open, so that one can be added without breaking a host's `switch`.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code as it appears in logs and metrics.
    public let rawValue: String

    /// Makes a code.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The raw value.
    public var description: String { rawValue }
  }
}

extension WebhookRefusal: CustomStringConvertible {
  /// Code and sentence.
  public var description: String { "\(code.rawValue): \(message)" }
}

extension WebhookRefusal.Code {
  // MARK: The signature

  /// There is no `X-Twilio-Signature`.
  public static let signatureMissing = Self(rawValue: "signatureMissing")
  /// There are several.
  public static let signatureRepeated = Self(rawValue: "signatureRepeated")
  /// It is longer or shorter than the base64 of 20 bytes.
  public static let signatureLengthWrong = Self(rawValue: "signatureLengthWrong")
  /// It is not base64.
  public static let signatureNotBase64 = Self(rawValue: "signatureNotBase64")
  /// None of the provider's tokens gives this signature.
  public static let signatureMismatch = Self(rawValue: "signatureMismatch")

  // MARK: The address

  /// The request does not say what address was called, and none is configured.
  public static let urlMissing = Self(rawValue: "urlMissing")
  /// The address cannot be one that Twilio called.
  public static let urlMalformed = Self(rawValue: "urlMalformed")
  /// The address is longer than the limit.
  public static let urlTooLong = Self(rawValue: "urlTooLong")
  /// What a trusted proxy says of the address cannot be read.
  public static let forwardedFieldMalformed = Self(rawValue: "forwardedFieldMalformed")
  /// What a trusted proxy says of the address is said several times.
  public static let forwardedFieldRepeated = Self(rawValue: "forwardedFieldRepeated")

  // MARK: The body

  /// The body is larger than the limit.
  public static let bodyTooLarge = Self(rawValue: "bodyTooLarge")
  /// There are more parameters than the limit.
  public static let tooManyParameters = Self(rawValue: "tooManyParameters")
  /// A `%` that two hexadecimal digits do not follow.
  public static let percentEncodingMalformed = Self(rawValue: "percentEncodingMalformed")
  /// The body is no form, and the address has no `bodySHA256` that would cover it.
  public static let bodyNotSigned = Self(rawValue: "bodyNotSigned")
  /// The body is not the one that `bodySHA256` was made of.
  public static let bodyDigestMismatch = Self(rawValue: "bodyDigestMismatch")

  // MARK: The account

  /// The host named no provider, and the webhook names no account.
  public static let accountMissing = Self(rawValue: "accountMissing")
  /// The webhook names several accounts.
  public static let accountAmbiguous = Self(rawValue: "accountAmbiguous")
  /// What the webhook names is no account SID.
  public static let accountMalformed = Self(rawValue: "accountMalformed")
  /// No provider has the account that the webhook names.
  public static let accountUnknown = Self(rawValue: "accountUnknown")
  /// The store has no provider by the id that the host gave.
  public static let providerUnknown = Self(rawValue: "providerUnknown")

  /// Every code that this package refuses with.
  public static let all: Set<Self> = [
    signatureMissing, signatureRepeated, signatureLengthWrong, signatureNotBase64, signatureMismatch, urlMissing,
    urlMalformed, urlTooLong, forwardedFieldMalformed, forwardedFieldRepeated, bodyTooLarge, tooManyParameters,
    percentEncodingMalformed, bodyNotSigned, bodyDigestMismatch, accountMissing, accountAmbiguous, accountMalformed,
    accountUnknown, providerUnknown,
  ]
}
