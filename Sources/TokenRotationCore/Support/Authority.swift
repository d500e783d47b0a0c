/// Host and port, as they stand between `://` and the path.
package struct Authority {
  /// Whether what is sent there cannot leave this machine: `localhost`, 127.0.0.0/8 and `[::1]`.
  package let isLoopback: Bool

  /// Reads `host`, `host:port`, `[address]` or `[address]:port`, nil for anything else.
  ///
  /// User names, percent escapes and international names are refused: a client would read them in its own way, and what
  /// is checked here has to be what it connects to.
  package init?(_ text: some StringProtocol) {
    var text = String(text)
    guard let isLoopback = text.withUTF8({ Self.isLoopback($0) }) else { return nil }
    self.isLoopback = isLoopback
  }

  private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

  /// Whether an authority is of this machine; nil if it is none.
  private static func isLoopback(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
    let host: Bytes
    let rest: Bytes
    let isLoopback: Bool
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = bytes[1..<end]
      rest = bytes[(end + 1)...]
      guard host.allSatisfy(isInAddress) else { return nil }
      isLoopback = host.elementsEqual("::1".utf8)
    } else {
      let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
      host = bytes[..<end]
      rest = bytes[end...]
      guard host.allSatisfy(isInName) else { return nil }
      isLoopback = isLocalhost(host) || isLoopbackAddress(host)
    }
    guard !host.isEmpty, rest.isEmpty || isPort(rest) else { return nil }
    return isLoopback
  }

  private static func isLocalhost(_ host: Bytes) -> Bool {
    host.count == 9 && host.lazy.map { $0 | 0x20 }.elementsEqual("localhost".utf8)
  }

  /// 127.0.0.0/8 in the one form that everybody reads alike: four decimal numbers without leading zeros.
  private static func isLoopbackAddress(_ host: Bytes) -> Bool {
    guard host.starts(with: "127.".utf8) else { return false }
    var count = 0
    var rest = host
    while true {
      let end = rest.firstIndex(of: UInt8(ascii: ".")) ?? rest.endIndex
      let digits = rest[..<end]
      guard let number = number(digits), number <= 255, digits.count == 1 || digits.first != UInt8(ascii: "0") else {
        return false
      }
      count += 1
      if end == rest.endIndex { return count == 4 }
      rest = rest[(end + 1)...]
    }
  }

  private static func isPort(_ rest: Bytes) -> Bool {
    guard rest.first == UInt8(ascii: ":"), let port = number(rest.dropFirst()) else { return false }
    return (1...65_535).contains(port)
  }

  /// Up to five decimal digits as a number.
  private static func number(_ digits: Bytes) -> Int? {
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
