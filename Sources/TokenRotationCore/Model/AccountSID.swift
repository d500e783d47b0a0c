/// The identifier of a Twilio account: `AC` and 32 hexadecimal characters.
///
/// Two that differ only in the case of their hexadecimal characters are equal; it is sent to Twilio as given.
public struct AccountSID: Hashable, Sendable {
  let sid: TwilioSID

  /// Takes an account SID as Twilio writes it.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/accountSIDMalformed``.
  public init(_ string: String) throws {
    guard let sid = TwilioSID(string, prefix: "AC") else {
      throw TokenRotationError(
        .accountSIDMalformed,
        "The account SID is not 'AC' followed by 32 hexadecimal characters. Copy it from the Twilio Console.")
    }
    self.sid = sid
  }

  /// The SID with its hexadecimal characters in lower case: what a store indexes.
  public var canonical: String { sid.canonical }
}

extension AccountSID: CustomStringConvertible, Codable {
  /// The SID as it was given.
  public var description: String { sid.string }

  /// Reads the SID from a string, with the checks of ``init(_:)``.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the SID as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(sid.string)
  }
}
