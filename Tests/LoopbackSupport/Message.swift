package import HTTPTypes

/// What makes bytes no HTTP message.
package enum MessageError: Error {
  case malformed
  case endedEarly
}

/// Start line and fields of an HTTP/1.1 message.
package struct MessageHead: Sendable {
  /// The start line's three parts.
  package let start: [String]
  package let fields: HTTPFields

  /// The length that the message gives for its body, 0 if it gives none.
  package var contentLength: Int { fields[.contentLength].flatMap(Int.init) ?? 0 }

  /// The head at the beginning of `bytes`, and its length; nil if there is more to come.
  package static func parse(_ bytes: [UInt8]) throws -> (head: MessageHead, length: Int)? {
    let end = Array("\r\n\r\n".utf8)
    guard let index = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
    var lines = String(decoding: bytes[..<index], as: UTF8.self).split(separator: "\r\n").makeIterator()
    guard let start = lines.next()?.split(separator: " ", maxSplits: 2).map(String.init), start.count >= 2 else {
      throw MessageError.malformed
    }
    var fields = HTTPFields()
    while let line = lines.next() {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { throw MessageError.malformed }
      let value = parts[1].drop { $0 == " " }
      fields.append(HTTPField(name: name, value: String(value)))
    }
    return (MessageHead(start: start, fields: fields), index + end.count)
  }

  /// The head as it goes over the wire, with `contentLength` in place of the one that `fields` may have.
  package static func bytes(start: String, fields: HTTPFields, contentLength: Int?) -> [UInt8] {
    var text = "\(start)\r\n"
    for field in fields where field.name != .contentLength {
      text += "\(field.name.rawName): \(field.value)\r\n"
    }
    if let contentLength { text += "Content-Length: \(contentLength)\r\n" }
    return Array((text + "\r\n").utf8)
  }
}

/// A message as it came in.
package struct ReceivedMessage: Sendable {
  package let head: MessageHead
  package let body: [UInt8]

  /// The request's method.
  package var method: String { head.start[0] }
  /// The request's path.
  package var path: String { head.start[1] }
}
