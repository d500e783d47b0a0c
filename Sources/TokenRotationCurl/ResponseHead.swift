import HTTPTypes

/// Reads the head of an answer from its lines.
enum ResponseHead {
  /// The three digits behind the first blank of a status line such as `HTTP/1.1 200 OK`.
  static func statusCode(of head: [UInt8]) -> Int? {
    guard let blank = head.firstIndex(of: blank), head.count >= blank + 4 else { return nil }
    var code = 0
    for byte in head[(blank + 1)...(blank + 3)] {
      guard isDigit(byte) else { return nil }
      code = code * 10 + Int(byte - UInt8(ascii: "0"))
    }
    guard code >= 100, head.count == blank + 4 || !isDigit(head[blank + 4]) else { return nil }
    return code
  }

  static let blank = UInt8(ascii: " ")

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == blank || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}

/// The names of fields that answers had before: they are the same in nearly all, and cost more to make than the rest of a
/// field.
struct FieldNames {
  private struct Entry {
    let bytes: [UInt8]
    let name: HTTPField.Name

    func isFor(_ other: UnsafeRawBufferPointer) -> Bool {
      unsafe bytes.count == other.count && bytes.withUnsafeBytes { unsafe $0.elementsEqual(other) }
    }
  }

  /// Each in a place that its bytes say; another one there gives way.
  private var entries = [Entry?](repeating: nil, count: 64)
  /// Longer ones are made each time, so that a server cannot fill the memory with names.
  private static let sizeLimit = 64

  /// The head, or nil if its first line is no status line.
  ///
  /// A field whose name is none is left out: an answer that was worth a token is not thrown away for its looks.
  mutating func parse(_ head: [UInt8]) -> HTTPResponse? {
    guard let code = ResponseHead.statusCode(of: head) else { return nil }
    return unsafe head.withUnsafeBytes { head in
      var lines = unsafe HeadLines(head)
      let statusLine = lines.next()
      let afterVersion = unsafe head[statusLine].firstIndex(of: ResponseHead.blank) ?? statusLine.upperBound
      let phrase = lines.trimmed(min(afterVersion + 4, statusLine.upperBound)..<statusLine.upperBound)
      var response = HTTPResponse(
        status: .init(code: code, reasonPhrase: unsafe String(decoding: head[phrase], as: UTF8.self)))
      response.headerFields.reserveCapacity(16)
      while !lines.isAtEnd {
        let line = lines.next()
        guard let colon = unsafe head[line].firstIndex(of: UInt8(ascii: ":")) else { continue }
        let value = lines.trimmed((colon + 1)..<line.upperBound)
        var continued: [UInt8]?
        while lines.goesOn {
          // A value that goes on in the next line, as old servers do it.
          let more = lines.trimmed(lines.next())
          continued = unsafe (continued ?? Array(head[value])) + [ResponseHead.blank] + head[more]
        }
        guard colon > line.lowerBound,
          let name = unsafe name(UnsafeRawBufferPointer(rebasing: head[line.lowerBound..<colon]))
        else { continue }
        let field =
          if let continued {
            HTTPField(name: name, lenientValue: continued)
          } else {
            unsafe Self.field(name, UnsafeRawBufferPointer(rebasing: head[value]))
          }
        response.headerFields.append(field)
      }
      return response
    }
  }

  private mutating func name(_ bytes: UnsafeRawBufferPointer) -> HTTPField.Name? {
    guard let first = unsafe bytes.first, let last = unsafe bytes.last else { return nil }
    let middle = unsafe bytes[bytes.count / 2]
    let index = (bytes.count &* 7 &+ Int(first) &* 5 &+ Int(middle) &* 3 &+ Int(last)) % entries.count
    if unsafe entries[index]?.isFor(bytes) == true { return entries[index]?.name }
    guard let name = unsafe HTTPField.Name(String(decoding: bytes, as: UTF8.self)) else { return nil }
    if bytes.count <= Self.sizeLimit { entries[index] = unsafe Entry(bytes: Array(bytes), name: name) }
    return name
  }

  private static func field(_ name: HTTPField.Name, _ value: UnsafeRawBufferPointer) -> HTTPField {
    // What is visible needs no care, and is made into a field in a fraction of the time.
    guard unsafe value.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      return unsafe HTTPField(name: name, lenientValue: value)
    }
    return unsafe HTTPField(name: name, value: String(decoding: value, as: UTF8.self))
  }
}

/// Takes a head apart into lines.
@safe
private struct HeadLines {
  private let head: UnsafeRawBufferPointer
  private var position = 0

  init(_ head: UnsafeRawBufferPointer) { unsafe self.head = head }

  var isAtEnd: Bool { unsafe position >= head.count }

  /// Whether the next line belongs to the one before.
  var goesOn: Bool { unsafe !isAtEnd && ResponseHead.isSpace(head[position]) }

  /// Where the next line is, without its line feed.
  mutating func next() -> Range<Int> {
    let start = position
    while unsafe position < head.count && head[position] != UInt8(ascii: "\n") { position += 1 }
    defer { position = unsafe min(position + 1, head.count) }
    return start..<position
  }

  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, ResponseHead.isSpace(unsafe head[start]) { start += 1 }
    while start < end, ResponseHead.isSpace(unsafe head[end - 1]) { end -= 1 }
    return start..<end
  }
}
