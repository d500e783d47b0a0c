/// Host and port, as they stand between `://` and the path.
package struct Authority {
  /// Whether what is sent there cannot leave this machine: `localhost`, 127.0.0.0/8 and `[::1]`.
  package let isLoopback: Bool

  /// Reads `host`, `host:port`, `[address]` or `[address]:port`, nil for anything else.
  ///
  /// User names, percent escapes and international names are refused: a client would read them in its own way, and what
  /// is checked here has to be what it connects to.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    let host: ArraySlice<UInt8>
    let rest: ArraySlice<UInt8>
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = bytes[1..<end]
      rest = bytes[(end + 1)...]
      guard host.allSatisfy(Self.isInAddress) else { return nil }
      isLoopback = host.elementsEqual("::1".utf8)
    } else {
      let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
      host = bytes[..<end]
      rest = bytes[end...]
      guard host.allSatisfy(Self.isInName) else { return nil }
      isLoopback = Self.isLocalhost(host) || Self.isLoopbackAddress(host)
    }
    guard !host.isEmpty, rest.isEmpty || Self.isPort(rest) else { return nil }
  }

  private static func isLocalhost(_ host: ArraySlice<UInt8>) -> Bool {
    host.lazy.map { $0 | 0x20 }.elementsEqual("localhost".utf8)
  }

  /// 127.0.0.0/8 in the one form that everybody reads alike: four decimal numbers without leading zeros.
  private static func isLoopbackAddress(_ host: ArraySlice<UInt8>) -> Bool {
    guard host.starts(with: "127.".utf8) else { return false }
    let numbers = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return numbers.count == 4
      && numbers.allSatisfy { digits in
        guard let number = number(digits), number <= 255 else { return false }
        return digits.count == 1 || digits.first != UInt8(ascii: "0")
      }
  }

  private static func isPort(_ rest: ArraySlice<UInt8>) -> Bool {
    guard rest.first == UInt8(ascii: ":"), let port = number(rest.dropFirst()) else { return false }
    return (1...65_535).contains(port)
  }

  /// Up to five decimal digits as a number.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard (1...5).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isInAddress(_ byte: UInt8) -> Bool {
    let letter = byte | 0x20
    return isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(letter) || byte == UInt8(ascii: ":")
      || byte == UInt8(ascii: ".")
  }

  private static func isInName(_ byte: UInt8) -> Bool {
    let letter = byte | 0x20
    return isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}
