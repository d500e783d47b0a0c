/// A Twilio Auth Token, in memory, in the clear.
///
/// It owns its bytes, erases them when the last copy of the value is released, compares in constant time, and prints as
/// `<redacted>` wherever Swift can print it. It is not `Codable`, not `Hashable` and not a string literal: a token gets
/// in through one of the two initializers below and out through ``withUnsafeBytes(_:)`` only, so both are easy to find
/// in a code base.
///
/// What it cannot erase is what it was made from: the `String` that a person typed, or the body of an HTTP answer.
public struct AuthToken: Sendable {
  @usableFromInline let bytes: SecretBytes

  /// The number of bytes.
  ///
  /// Twilio's tokens have 32, the one printed in Twilio's OpenAPI description has 33.
  @inlinable public var count: Int { bytes.count }

  /// Takes what a person typed, which has to be exactly 32 characters of `0-9` and `a-f`.
  ///
  /// Nothing is trimmed or changed to lower case: a token that arrives with a blank or a newline was copied wrongly, and
  /// guessing what was meant is how a wrong token gets saved.
  ///
  /// - Parameter typed: 32 lower-case hexadecimal characters.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/authTokenMalformed``, and a sentence that
  ///   says what is wrong with the input without repeating it.
  public init(parsing typed: some StringProtocol) throws {
    if let problem = Self.problem(with: typed) {
      throw TokenRotationError(.authTokenMalformed, problem)
    }
    bytes = SecretBytes(typed.utf8)
  }

  /// Takes what Twilio issued or a cipher opened, whatever its shape.
  ///
  /// Twilio documents no pattern and no length for the tokens that it makes. One that was refused for its looks would be
  /// lost for good, since it is shown only once.
  ///
  /// - Parameter issued: The token's bytes, at least one.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/authTokenMalformed`` if there are none.
  public init(issued: some Sequence<UInt8>) throws {
    try self.init(issued: SecretBytes(issued))
  }

  /// Takes what a cipher of this package opened, without another copy of it.
  package init(issued bytes: SecretBytes) throws {
    guard bytes.count > 0 else {
      throw TokenRotationError(.authTokenMalformed, "The Auth Token is empty.")
    }
    self.bytes = bytes
  }

  /// Lends the token's bytes, UTF-8 without a terminating zero, for the time of `body`.
  ///
  /// The pointer must not leave `body`, and neither should a copy of what it points to: nobody erases that.
  @inlinable
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withUnsafeBytes(body)
  }

  private static func problem(with typed: some StringProtocol) -> String? {
    var count = 0
    var hasWhitespace = false
    var hasUpperCase = false
    var hasOther = false
    for byte in typed.utf8 {
      count += 1
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): continue
      case UInt8(ascii: "A")...UInt8(ascii: "F"): hasUpperCase = true
      case UInt8(ascii: " "), UInt8(ascii: "\t")...UInt8(ascii: "\r"): hasWhitespace = true
      default: hasOther = true
      }
    }
    if count == 0 { return "The Auth Token is empty. Copy it from the Twilio Console." }
    if hasWhitespace {
      return "The Auth Token contains a blank or a line break. Copy it again without anything around it."
    }
    if hasOther {
      return "The Auth Token contains characters other than 0-9 and a-f. Copy it again from the Twilio Console."
    }
    if count != 32 {
      return "The Auth Token has \(count) characters instead of 32. Copy it again from the Twilio Console."
    }
    if hasUpperCase {
      return "The Auth Token contains upper-case letters; Twilio's are lower-case. Copy it from the Twilio Console."
    }
    return nil
  }
}

extension AuthToken: Equatable {
  /// Compares in a time that depends on the tokens' lengths only.
  public static func == (left: AuthToken, right: AuthToken) -> Bool {
    left.bytes.equalsInConstantTime(right.bytes)
  }

  /// Whether `text` is this token, found in a time that depends on the lengths only.
  package func equals(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes.equalsInConstantTime(UnsafeRawBufferPointer($0)) }
  }
}

extension AuthToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Always `<redacted>`.
  public var description: String { "<redacted>" }

  /// Always `<redacted>`.
  public var debugDescription: String { "<redacted>" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
