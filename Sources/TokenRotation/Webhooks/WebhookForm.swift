/// The parameters of a form as they are signed: decoded, sorted by name, and each name's values without repetition.
///
/// Everything works on bytes and in one piece of memory, because it is done for every webhook.
struct WebhookForm {
  /// Name and value behind each other, in a piece of memory: where they begin, and where the value does.
  private struct Entry {
    var start: Int
    var valueStart: Int
    var end: Int
  }

  /// Where the value of `AccountSid` is in what was written, if there is one.
  private(set) var accountSID: Range<Int>?
  /// Whether `AccountSid` has several values.
  private(set) var hasSeveralAccountSIDs = false

  /// Writes what is signed of a form.
  ///
  /// - Parameters:
  ///   - body: The form, encoded.
  ///   - output: Where names and values go: at least as large as `body`.
  ///   - count: How many bytes were written.
  /// - Throws: ``WebhookRefusal`` if there are too many parameters, or one that is not encoded properly.
  init(
    _ body: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>, count: inout Int,
    parameterLimit: Int
  ) throws {
    var pieces = 1
    for index in 0..<body.count { pieces &+= body[index] == UInt8(ascii: "&") ? 1 : 0 }
    // Not parameters yet, as nothing may stand between two separators; but nobody sends so many of those either.
    guard pieces <= parameterLimit else {
      throw WebhookRefusal(
        .tooManyParameters, "The form has up to \(pieces) parameters, and \(parameterLimit) is the limit.")
    }
    (accountSID, hasSeveralAccountSIDs) = try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: body.count) {
      decoded in
      try withUnsafeTemporaryAllocation(of: Entry.self, capacity: pieces) { memory in
        let found = try Self.decode(body, into: decoded, entries: memory)
        let entries = UnsafeMutableBufferPointer(rebasing: memory[..<found])
        Self.sort(entries, of: decoded)
        return Self.write(entries, of: decoded, into: output, count: &count)
      }
    }
  }

  /// Undoes the form's encoding, and says how many parameters there are.
  private static func decode(
    _ body: UnsafeBufferPointer<UInt8>, into decoded: UnsafeMutableBufferPointer<UInt8>,
    entries: UnsafeMutableBufferPointer<Entry>
  ) throws -> Int {
    var found = 0
    var next = 0
    var end = 0
    while next < body.count {
      if body[next] == UInt8(ascii: "&") {
        next += 1
        continue
      }
      var entry = Entry(start: end, valueStart: -1, end: end)
      piece: while next < body.count {
        var byte = body[next]
        next += 1
        switch byte {
        case UInt8(ascii: "&"): break piece
        case UInt8(ascii: "=") where entry.valueStart < 0:
          entry.valueStart = end
          continue
        case UInt8(ascii: "+"): byte = UInt8(ascii: " ")
        case UInt8(ascii: "%"):
          guard next + 1 < body.count, let high = hexadecimal(body[next]), let low = hexadecimal(body[next + 1]) else {
            throw WebhookRefusal(
              .percentEncodingMalformed, "A % in the form is not followed by two hexadecimal digits.")
          }
          byte = high << 4 | low
          next += 2
        default: break
        }
        decoded[end] = byte
        end += 1
      }
      if entry.valueStart < 0 { entry.valueStart = end }
      entry.end = end
      entries.initializeElement(at: found, to: entry)
      found += 1
    }
    return found
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static func sort(
    _ entries: UnsafeMutableBufferPointer<Entry>, of decoded: UnsafeMutableBufferPointer<UInt8>
  ) {
    // Twilio sends its parameters nearly in order, and few of them.
    guard entries.count <= 32 else {
      var entries = entries
      return entries.sort { order($0, $1, of: decoded) < 0 }
    }
    for index in entries.indices.dropFirst() {
      let entry = entries[index]
      var place = index
      while place > 0, order(entry, entries[place - 1], of: decoded) < 0 {
        entries[place] = entries[place - 1]
        place -= 1
      }
      entries[place] = entry
    }
  }

  /// By name, then by value, each byte by byte: below 0 if `left` comes first, 0 if both are the same.
  private static func order(
    _ left: Entry, _ right: Entry, of decoded: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    let names = order(left.start..<left.valueStart, right.start..<right.valueStart, of: decoded)
    return names != 0 ? names : order(left.valueStart..<left.end, right.valueStart..<right.end, of: decoded)
  }

  private static func order(
    _ left: Range<Int>, _ right: Range<Int>, of decoded: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    for offset in 0..<min(left.count, right.count) {
      let difference = Int(decoded[left.lowerBound + offset]) - Int(decoded[right.lowerBound + offset])
      if difference != 0 { return difference }
    }
    return left.count - right.count
  }

  private static func write(
    _ entries: UnsafeMutableBufferPointer<Entry>, of decoded: UnsafeMutableBufferPointer<UInt8>,
    into output: UnsafeMutableBufferPointer<UInt8>, count: inout Int
  ) -> (accountSID: Range<Int>?, hasSeveral: Bool) {
    var accountSID: Range<Int>?
    var hasSeveral = false
    count = 0
    for index in entries.indices {
      let entry = entries[index]
      if index > 0, order(entries[index - 1], entry, of: decoded) == 0 { continue }
      let length = entry.end - entry.start
      if length > 0, let target = output.baseAddress, let source = decoded.baseAddress {
        (target + count).update(from: source + entry.start, count: length)
      }
      let nameLength = entry.valueStart - entry.start
      if nameLength == accountSIDName.utf8CodeUnitCount, isAccountSID(entry, of: decoded) {
        hasSeveral = accountSID != nil
        accountSID = (count + nameLength)..<(count + length)
      }
      count += length
    }
    return (accountSID, hasSeveral)
  }

  private static let accountSIDName: StaticString = "AccountSid"

  private static func isAccountSID(_ entry: Entry, of decoded: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    accountSIDName.withUTF8Buffer { name in
      name.indices.allSatisfy { name[$0] == decoded[entry.start + $0] }
    }
  }
}
