import HTTPTypes

/// Reads the head of an answer from its lines.
enum ResponseHead {
  /// The three digits behind the first blank of a status line such as `HTTP/1.1 200 OK`.
  static func statusCode(of head: [UInt8]) -> Int? {
    guard let blank = head.firstIndex(of: blank), head.count >= blank + 4 else { return nil }
    var code = 0
    for byte in head[(blank + 1)...(blank + 3)] {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
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
    var lines = head.split(separator: UInt8(ascii: "\n")).makeIterator()
    guard let statusLine = lines.next() else { return nil }
    let phrase = statusLine.split(separator: blank, maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first
    let reasonPhrase = String(decoding: trimmed(phrase ?? []), as: UTF8.self)
    var response = HTTPResponse(status: .init(code: code, reasonPhrase: reasonPhrase))
    var last: (name: HTTPField.Name, value: [UInt8])?
    while let line = lines.next() {
      if let first = line.first, first == blank || first == tab {
        // A value that goes on in the next line, as old servers do it.
        last?.value += [blank] + trimmed(line)
        continue
      }
      append(last, to: &response)
      last = field(line)
    }
    append(last, to: &response)
    return response
  }

  private static let blank = UInt8(ascii: " ")
  private static let tab = UInt8(ascii: "\t")

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func field(_ line: ArraySlice<UInt8>) -> (name: HTTPField.Name, value: [UInt8])? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
      let name = HTTPField.Name(String(decoding: trimmed(line[..<colon]), as: UTF8.self))
    else { return nil }
    return (name, Array(trimmed(line[(colon + 1)...])))
  }

  private static func append(_ field: (name: HTTPField.Name, value: [UInt8])?, to response: inout HTTPResponse) {
    guard let field else { return }
    response.headerFields.append(HTTPField(name: field.name, lenientValue: field.value))
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == blank || byte == tab || byte == UInt8(ascii: "\r") }
    guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return [] }
    return bytes[first...last]
  }
}
