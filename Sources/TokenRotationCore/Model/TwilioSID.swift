/// A Twilio identifier of a given kind: two letters and 32 hexadecimal characters.
///
/// Kept as given, for Twilio is asked with it, but compared without regard to the case of its hexadecimal part: one
/// account under two spellings would be rotated twice.
package struct TwilioSID: Hashable, Sendable {
  package let string: String

  package init?(_ string: String, prefix: StaticString) {
    var string = string
    let isSID = string.withUTF8 { bytes in
      bytes.count == 34 && prefix.withUTF8Buffer { bytes.starts(with: $0) }
        && bytes.dropFirst(2).allSatisfy { $0.isHexadecimalDigit }
    }
    guard isSID else { return nil }
    self.string = string
  }

  package var canonical: String { string.prefix(2) + string.dropFirst(2).lowercased() }

  package static func == (left: TwilioSID, right: TwilioSID) -> Bool {
    // Without a string on the way, and mostly without a look at letters: each validation compares two.
    left.string == right.string
      || left.string.utf8.elementsEqual(right.string.utf8) {
        $0.lowercasedHexadecimalDigit == $1.lowercasedHexadecimalDigit
      }
  }

  package func hash(into hasher: inout Hasher) {
    withUnsafeTemporaryAllocation(byteCount: string.utf8.count, alignment: 1) { bytes in
      bytes.copyBytes(from: string.utf8)
      for index in bytes.indices { bytes[index] = bytes[index].lowercasedHexadecimalDigit }
      hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    }
  }
}

extension UInt8 {
  fileprivate var lowercasedHexadecimalDigit: UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self) ? self | 0x20 : self
  }

  fileprivate var isHexadecimalDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
