/// Between a record's JSON and what `jsonb` takes.
///
/// `jsonb` keeps neither the order of keys nor keys twice, and writes numbers its own way, of which a record notices
/// nothing. But it refuses the character NUL, which a field of a newer release may hold: so it goes in as two other
/// characters, of which the first is one that Unicode leaves to private use, and that one goes in as two as well.
enum RecordText {
  /// U+10FF00, in UTF-8.
  private static let mark: [UInt8] = [0xf4, 0x8f, 0xbc, 0x80]
  private static let markAlone = mark + [UInt8(ascii: "1")]
  private static let markForNUL = mark + [UInt8(ascii: "0")]
  private static let nul = Array(#"\u0000"#.utf8)

  static func stored(_ json: String) -> String {
    let bytes = Array(json.utf8)
    guard contains(nul, bytes) || contains(mark, bytes) else { return json }
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index...].starts(with: nul) {
        result += markForNUL
        index += nul.count
      } else if bytes[index...].starts(with: mark) {
        result += markAlone
        index += mark.count
      } else {
        // The character behind a backslash is no beginning of anything, another backslash above all.
        let length = bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        result += bytes[index...].prefix(length)
        index += length
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  static func restored(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard contains(mark, bytes) else { return text }
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index...].starts(with: markForNUL) {
        result += nul
        index += markForNUL.count
      } else if bytes[index...].starts(with: markAlone) {
        result += mark
        index += markAlone.count
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func contains(_ needle: [UInt8], _ bytes: [UInt8]) -> Bool {
    guard let first = needle.first else { return false }
    return bytes.indices.contains { bytes[$0] == first && bytes[$0...].starts(with: needle) }
  }
}
