import TokenRotationCore

/// A range of IP addresses in CIDR notation: which peers are believed.
public struct AddressRange: Sendable, Hashable {
  private let first: IPAddress
  private let prefixLength: Int

  /// Takes `10.0.0.0/8`, `2001:db8::/32`, or one address by itself.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/configurationInvalid`` if it is neither,
  ///   or has bits set behind the prefix: whoever wrote `10.1.2.3/8` meant something else.
  public init(_ text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let address = parts.first.flatMap({ IPAddress($0) }), parts.count <= 2 else {
      throw Self.problem("'\(text)' is no address, and no range of addresses such as 10.0.0.0/8.")
    }
    var length = address.bitCount
    if parts.count == 2 {
      guard let given = Int(parts[1]), String(given) == parts[1], (0...address.bitCount).contains(given) else {
        throw Self.problem("'\(text)' has no prefix length from 0 to \(address.bitCount).")
      }
      length = given
    }
    guard address.prefix(length) == address else {
      throw Self.problem("'\(text)' is not where such a range begins; \(address.prefix(length)) is.")
    }
    first = address
    prefixLength = length
  }

  /// Whether an address is in the range; never for what is no address.
  public func contains(_ address: String) -> Bool {
    IPAddress(address).map(contains) ?? false
  }

  func contains(_ address: IPAddress) -> Bool {
    address.bitCount == first.bitCount && address.prefix(prefixLength) == first
  }

  private static func problem(_ message: String) -> TokenRotationError {
    TokenRotationError(.configurationInvalid, "\(message) Correct the list of trusted proxies.")
  }
}

extension AddressRange: CustomStringConvertible {
  /// The range in CIDR notation.
  public var description: String { "\(first)/\(prefixLength)" }
}

/// An IPv4 or IPv6 address.
struct IPAddress: Hashable {
  /// 32 or 128.
  let bitCount: Int
  private let bits: UInt128

  /// Reads an address; nil for anything else.
  ///
  /// An IPv4 address in an IPv6 one (`::ffff:10.0.0.7`), which is what a socket for both gives, is the IPv4 address. A
  /// zone (`fe80::1%eth0`) is left out.
  init?(_ text: some StringProtocol) {
    let text = text.prefix { $0 != "%" }
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let bits = Self.version6(text) else { return nil }
      let isVersion4 = bits >> 32 == 0xffff
      self.init(bitCount: isVersion4 ? 32 : 128, bits: isVersion4 ? bits & 0xffff_ffff : bits)
    } else {
      guard let bits = Self.version4(text) else { return nil }
      self.init(bitCount: 32, bits: UInt128(bits))
    }
  }

  private init(bitCount: Int, bits: UInt128) {
    self.bitCount = bitCount
    self.bits = bits
  }

  /// The address with all bits but the first `length` cleared.
  func prefix(_ length: Int) -> IPAddress {
    let mask = length == 0 ? 0 : (~UInt128(0) >> (128 - length)) << (bitCount - length)
    return IPAddress(bitCount: bitCount, bits: bits & mask)
  }

  /// Four decimal numbers, without the leading zeros that some take for octal.
  private static func version4(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt32 = 0
    for part in parts {
      guard let number = UInt8(part), String(number) == part else { return nil }
      bits = bits << 8 | UInt32(number)
    }
    return bits
  }

  /// Eight groups, of which one run of zeros may be left out, and the last two of which may be an IPv4 address.
  private static func version6(_ text: some StringProtocol) -> UInt128? {
    var text = String(text)
    if let dot = text.firstIndex(of: "."), let colon = text[..<dot].lastIndex(of: ":") {
      guard let end = version4(text[text.index(after: colon)...]) else { return nil }
      text = text[...colon] + String(end >> 16, radix: 16) + ":" + String(end & 0xffff, radix: 16)
    }
    guard let gap = text.firstRange(of: "::") else {
      guard let all = groups(text[...]), all.count == 8 else { return nil }
      return bits(all)
    }
    guard let head = groups(text[..<gap.lowerBound]), let tail = groups(text[gap.upperBound...]),
      head.count + tail.count < 8
    else { return nil }
    return bits(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
  }

  private static func groups(_ text: Substring) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    for part in text.split(separator: ":", omittingEmptySubsequences: false) {
      guard (1...4).contains(part.utf8.count), part.utf8.first != UInt8(ascii: "+"), let group = UInt16(part, radix: 16)
      else { return nil }
      groups.append(group)
    }
    return groups
  }

  private static func bits(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(0) { $0 << 16 | UInt128($1) }
  }
}

extension IPAddress: CustomStringConvertible {
  var description: String {
    if bitCount == 32 {
      return stride(from: 24, through: 0, by: -8).map { String(bits >> $0 & 0xff) }.joined(separator: ".")
    }
    return stride(from: 112, through: 0, by: -16).map { String(bits >> $0 & 0xffff, radix: 16) }
      .joined(separator: ":")
  }
}
