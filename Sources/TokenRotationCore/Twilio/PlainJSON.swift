/// Reads the texts at the top of a JSON object as Twilio writes it: in ASCII, and without escapes where it matters.
///
/// It takes a tenth of the time that `JSONDecoder` takes, and makes no `String` of a token, which nobody could erase.
/// Whatever is in any way unusual it leaves to `JSONDecoder`: what it does read, that would read alike.
struct PlainJSON {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var next = 0

  /// How deep arrays and objects may be nested; Twilio's answers have two levels.
  private static let depthLimit = 8

  /// Finds the values of `keys` that are texts, in the same order; nil for one that is missing, or something else.
  ///
  /// - Returns: Where in `body` the texts are, without their quotes; nil if `body` is not plain, or no JSON at all.
  static func texts(of keys: [StaticString], in body: [UInt8]) -> [Range<Int>?]? {
    body.withUnsafeBufferPointer { texts(of: keys, in: $0) }
  }

  private static func texts(of keys: [StaticString], in body: UnsafeBufferPointer<UInt8>) -> [Range<Int>?]? {
    var reader = PlainJSON(bytes: body)
    var texts = [Range<Int>?](repeating: nil, count: keys.count)
    // A bit for each key.
    var seen: UInt64 = 0
    reader.skipSpace()
    let isObject = reader.readObject(depth: 1) { key, value in
      guard let index = keys.firstIndex(where: { Self.isEqual(body[key], $0) }) else { return true }
      // Of a key that comes twice nobody knows which one counts.
      guard seen & 1 << index == 0 else { return false }
      seen |= 1 << index
      guard case .text(let range, let isPlain) = value else { return true }
      texts[index] = range
      return isPlain
    }
    reader.skipSpace()
    return isObject && reader.next == body.count ? texts : nil
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private enum Value {
    case text(Range<Int>, isPlain: Bool)
    case other
  }

  // Each gives false or nil where the text is something else than what is read.

  private mutating func readValue(depth: Int) -> Value? {
    guard next < bytes.count, depth <= Self.depthLimit else { return nil }
    if bytes[next] == UInt8(ascii: "\"") { return readText() }
    let isRead =
      switch bytes[next] {
      case UInt8(ascii: "{"): readObject(depth: depth) { _, _ in true }
      case UInt8(ascii: "["): readArray(depth: depth)
      case UInt8(ascii: "t"): readWord("true")
      case UInt8(ascii: "f"): readWord("false")
      case UInt8(ascii: "n"): readWord("null")
      default: readNumber()
      }
    return isRead ? .other : nil
  }

  /// Reads an object; `member` says whether a member is one that may be there.
  private mutating func readObject(depth: Int, _ member: (_ key: Range<Int>, Value) -> Bool) -> Bool {
    guard take("{") else { return false }
    skipSpace()
    if take("}") { return true }
    repeat {
      skipSpace()
      guard case .text(let key, isPlain: true) = readText() else { return false }
      skipSpace()
      guard take(":") else { return false }
      skipSpace()
      guard let value = readValue(depth: depth + 1), member(key, value) else { return false }
      skipSpace()
    } while take(",")
    return take("}")
  }

  private mutating func readArray(depth: Int) -> Bool {
    guard take("[") else { return false }
    skipSpace()
    if take("]") { return true }
    repeat {
      skipSpace()
      guard readValue(depth: depth + 1) != nil else { return false }
      skipSpace()
    } while take(",")
    return take("]")
  }

  private mutating func readText() -> Value? {
    guard take("\"") else { return nil }
    let start = next
    var isPlain = true
    while next < bytes.count {
      // Most of an answer is texts, and most of those is nothing special.
      skipOrdinary()
      guard next < bytes.count else { return nil }
      switch bytes[next] {
      case UInt8(ascii: "\""):
        defer { next += 1 }
        return .text(start..<next, isPlain: isPlain)
      case UInt8(ascii: "\\"):
        isPlain = false
        next += 1
        guard next < bytes.count, Self.isEscape(bytes[next]) else { return nil }
        next += 1
      default:
        return nil
      }
    }
    return nil
  }

  /// Skips what is nothing special, eight bytes at a time where there are as many.
  private mutating func skipOrdinary() {
    let memory = UnsafeRawBufferPointer(bytes)
    while next + 8 <= memory.count {
      let word = memory.loadUnaligned(fromByteOffset: next, as: UInt64.self)
      guard !Self.holdsSpecial(word) else { break }
      next += 8
    }
    while next < memory.count, !Self.isSpecial(memory[next]) { next += 1 }
  }

  /// Whether any of a word's bytes is special: at worst true for one that is not, never false for one that is.
  @inline(__always)
  private static func holdsSpecial(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // The highest bit of a byte is set in the difference if the byte was less, or by what a lower byte borrowed.
    let quotes = (word ^ ones &* 0x22) &- ones
    let backslashes = (word ^ ones &* 0x5c) &- ones
    let controls = word &- ones &* 0x20
    let beyond = word &+ ones | word
    return (quotes | backslashes | controls | beyond) & (ones &* 0x80) != 0
  }

  /// Whether a byte ends a text, begins an escape, or should not be there.
  @inline(__always)
  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte &- 0x20 >= 0x7f - 0x20
  }

  private mutating func readNumber() -> Bool {
    _ = take("-")
    guard take("0") || takeDigits() else { return false }
    if take("."), !takeDigits() { return false }
    guard take("e") || take("E") else { return true }
    if !take("+") { _ = take("-") }
    return takeDigits()
  }

  private mutating func takeDigits() -> Bool {
    let start = next
    while next < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[next]) { next += 1 }
    return next > start
  }

  private mutating func readWord(_ word: StaticString) -> Bool {
    let end = next + word.utf8CodeUnitCount
    guard end <= bytes.count, Self.isEqual(bytes[next..<end], word) else { return false }
    next = end
    return true
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next < bytes.count, bytes[next] == UInt8(ascii: character) else { return false }
    next += 1
    return true
  }

  private mutating func skipSpace() {
    while next < bytes.count {
      switch bytes[next] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): next += 1
      default: return
      }
    }
  }

  /// What may follow a backslash, but for the letter that four digits follow.
  private static func isEscape(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      true
    default: false
    }
  }

  private static func isEqual(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, _ text: StaticString) -> Bool {
    bytes.count == text.utf8CodeUnitCount && text.withUTF8Buffer { bytes.elementsEqual($0) }
  }
}
