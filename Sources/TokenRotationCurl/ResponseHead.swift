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

  /// The head, or nil if its first line is no status line.
  ///
  /// A field whose name is none is left out: an answer that was worth a token is not thrown away for its looks.
  static func parse(_ head: [UInt8]) -> HTTPResponse? {
    guard let code = statusCode(of: head) else { return nil }
    var rest = head[...]
    let phrase = takeLine(from: &rest).drop { $0 != blank }.dropFirst(4)
    let reasonPhrase = String(decoding: trimmed(phrase), as: UTF8.self)
    var response = HTTPResponse(status: .init(code: code, reasonPhrase: reasonPhrase))
    while !rest.isEmpty {
      let line = takeLine(from: &rest)
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      var value = trimmed(line[(colon + 1)...])
      while let next = rest.first, isSpace(next) {
        // A value that goes on in the next line, as old servers do it.
        value += [blank] + trimmed(takeLine(from: &rest))
      }
      guard let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self)), !name.rawName.isEmpty else {
        continue
      }
      response.headerFields.append(HTTPField(name: name, lenientValue: value))
    }
    return response
  }

  private static let blank = UInt8(ascii: " ")

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == blank || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }

  /// The bytes before the next line feed, which goes with them.
  private static func takeLine(from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
    defer { rest = rest[end...].dropFirst() }
    return rest[..<end]
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    // By indices: to remove from a slice copies what it is a slice of.
    guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return [] }
    return bytes[first...last]
  }
}
