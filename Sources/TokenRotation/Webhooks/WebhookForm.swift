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
    // Nothing may stand between two separators, so there are at most as many parameters as that.
    let capacity = min(parameterLimit, (body.count + 1) / 2)
    (accountSID, hasSeveralAccountSIDs) = try withUnsafeTemporaryAllocation(of: Entry.self, capacity: capacity) {
      memory in
      let (found, isInOrder) = try Self.decode(body, into: output, entries: memory, parameterLimit: parameterLimit)
      var entries = UnsafeMutableBufferPointer(rebasing: memory[..<found])
      if !isInOrder {
        let end = entries.last?.end ?? 0
        entries = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: end) { copy in
          _ = copy.update(fromContentsOf: output[..<end])
          Self.sort(entries, of: copy)
          return Self.write(entries, of: copy, into: output)
        }
      }
      count = entries.last?.end ?? 0
      return Self.findAccountSID(entries, of: output)
    }
  }

  /// Undoes the form's encoding, and says how many parameters there are and whether they stand as they are signed.
  private static func decode(
    _ body: UnsafeBufferPointer<UInt8>, into decoded: UnsafeMutableBufferPointer<UInt8>,
    entries: UnsafeMutableBufferPointer<Entry>, parameterLimit: Int
  ) throws -> (entryCount: Int, isInOrder: Bool) {
    var found = 0
    var pieces = 1
    var isInOrder = true
    var next = 0
    var end = 0
    while next < body.count {
      var entry = Entry(start: end, valueStart: -1, end: end)
      piece: while next < body.count {
        var byte = body[next]
        next += 1
        switch byte {
        case UInt8(ascii: "&"):
          pieces += 1
          break piece
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
      // Empty ones are no parameters; but nobody sends so many of those either.
      guard pieces <= parameterLimit else {
        throw WebhookRefusal(.tooManyParameters, "The form has more than \(parameterLimit) parameters, the limit.")
      }
      // Nothing, not even an equals sign.
      if entry.valueStart < 0, end == entry.start { continue }
      if entry.valueStart < 0 { entry.valueStart = end }
      entry.end = end
      entries.initializeElement(at: found, to: entry)
      isInOrder = isInOrder && (found == 0 || order(entries[found - 1], entry, of: decoded) < 0)
      found += 1
    }
    return (found, isInOrder)
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

  /// Writes parameters one after the other, each once, and has the entries say where they are then.
  private static func write(
    _ entries: UnsafeMutableBufferPointer<Entry>, of decoded: UnsafeMutableBufferPointer<UInt8>,
    into output: UnsafeMutableBufferPointer<UInt8>
  ) -> UnsafeMutableBufferPointer<Entry> {
    var count = 0
    var end = 0
    var last: Entry?
    for entry in entries {
      if let last, order(last, entry, of: decoded) == 0 { continue }
      last = entry
      let length = entry.end - entry.start
      if length > 0, let target = output.baseAddress, let source = decoded.baseAddress {
        (target + end).update(from: source + entry.start, count: length)
      }
      entries[count] = Entry(start: end, valueStart: end + entry.valueStart - entry.start, end: end + length)
      count += 1
      end += length
    }
    return UnsafeMutableBufferPointer(rebasing: entries[..<count])
  }

  private static func findAccountSID(
    _ entries: UnsafeMutableBufferPointer<Entry>, of decoded: UnsafeMutableBufferPointer<UInt8>
  ) -> (Range<Int>?, hasSeveral: Bool) {
    var found: Range<Int>?
    var hasSeveral = false
    for entry in entries where isAccountSID(entry, of: decoded) {
      hasSeveral = found != nil
      found = entry.valueStart..<entry.end
    }
    return (found, hasSeveral)
  }

  private static let accountSIDName: StaticString = "AccountSid"

  private static func isAccountSID(_ entry: Entry, of decoded: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    guard entry.valueStart - entry.start == accountSIDName.utf8CodeUnitCount else { return false }
    return accountSIDName.withUTF8Buffer { name in
      name.indices.allSatisfy { name[$0] == decoded[entry.start + $0] }
    }
  }
}
