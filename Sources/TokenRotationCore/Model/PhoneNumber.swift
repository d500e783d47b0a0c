/// A phone number in the form of E.164: `+` and 2 to 15 digits, as Twilio writes it.
public struct PhoneNumber: Hashable, Sendable {
  private let string: String

  /// Takes a number as Twilio writes it, without spaces or hyphens.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/phoneNumberMalformed``.
  public init(_ string: String) throws {
    let digits = string.utf8.dropFirst()
    guard string.utf8.first == UInt8(ascii: "+"), (2...15).contains(digits.count), digits.first != UInt8(ascii: "0"),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else {
      throw TokenRotationError(
        .phoneNumberMalformed, "A phone number is '+' followed by 2 to 15 digits, like '+18005551212'.")
    }
    self.string = string
  }
}

extension PhoneNumber: Comparable {
  /// Orders by digits, from left to right.
  public static func < (left: PhoneNumber, right: PhoneNumber) -> Bool { left.string < right.string }
}

extension PhoneNumber: CustomStringConvertible, Codable {
  /// The number.
  public var description: String { string }

  /// Reads the number from a string, with the checks of ``init(_:)``.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the number as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(string)
  }
}
