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
    var next = head.startIndex
    let statusLine = takeLine(of: head, from: &next)
    let afterVersion = head[statusLine].firstIndex(of: blank) ?? statusLine.upperBound
    let phrase = trimmed(head, min(afterVersion + 4, statusLine.upperBound)..<statusLine.upperBound)
    var response = HTTPResponse(
      status: .init(code: code, reasonPhrase: String(decoding: head[phrase], as: UTF8.self)))
    while next < head.endIndex {
      let line = takeLine(of: head, from: &next)
      guard let colon = head[line].firstIndex(of: UInt8(ascii: ":")) else { continue }
      let value = trimmed(head, (colon + 1)..<line.upperBound)
      var continued: [UInt8]?
      while next < head.endIndex, isSpace(head[next]) {
        // A value that goes on in the next line, as old servers do it.
        let more = trimmed(head, takeLine(of: head, from: &next))
        continued = (continued ?? Array(head[value])) + [blank] + head[more]
      }
      guard colon > line.lowerBound,
        let name = HTTPField.Name(String(decoding: head[line.lowerBound..<colon], as: UTF8.self))
      else { continue }
      response.headerFields.append(HTTPField(name: name, lenientValue: continued?[...] ?? head[value]))
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

  // Ranges rather than slices, which count references: a head is read for every answer.

  /// Where the bytes before the next line feed are; `next` moves behind that.
  private static func takeLine(of head: [UInt8], from next: inout Int) -> Range<Int> {
    let start = next
    while next < head.endIndex, head[next] != UInt8(ascii: "\n") { next += 1 }
    defer { next = min(next + 1, head.endIndex) }
    return start..<next
  }

  private static func trimmed(_ head: [UInt8], _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isSpace(head[start]) { start += 1 }
    while start < end, isSpace(head[end - 1]) { end -= 1 }
    return start..<end
  }
}
