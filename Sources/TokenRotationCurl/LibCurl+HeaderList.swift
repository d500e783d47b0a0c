import CTokenRotationCurl
import HTTPTypes
import TokenRotationCore

/// Header lines as libcurl takes them, in memory that the next request uses again.
///
/// All that a request says goes in here, even what libcurl has options for: it makes lines of those anew for each
/// request, byte by byte, and then puts them in byte by byte, which was a sixth of all its work.
@safe
final class HeaderList {
  /// The lines, each with a zero behind it, one after the other.
  private var text = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var nodes = unsafe UnsafeMutableBufferPointer<curl_slist>(start: nil, count: 0)
  private var textEnd = 0
  private var lineCount = 0

  deinit {
    clear()
    unsafe text.deallocate()
    unsafe nodes.deallocate()
  }

  /// The first line, which leads to the others; valid until the next change.
  var pointer: UnsafeMutablePointer<curl_slist>? { lineCount > 0 ? unsafe nodes.baseAddress : nil }

  /// Takes the lines of a request in place of the earlier ones.
  func fill(_ checked: CheckedRequest, credentials: BasicCredentials?, userAgent: String) {
    let fields = checked.fields
    var count = Self.room + userAgent.utf8.count
    for field in fields { count += field.name.rawName.utf8.count + field.value.utf8.count + Self.roomAround }
    if let credentials { count += Self.encodedCount(credentials) + Self.room }
    makeRoom(bytes: count, lines: fields.count + 5)

    if checked.kind == .withBody {
      // Without a value, a line takes back what libcurl would add by itself.
      append("Expect", ":")
      if !fields.contains(.contentType) { append("Content-Type", ":") }
    }
    if !fields.contains(.userAgent), !userAgent.isEmpty { append("User-Agent", ": ", userAgent) }
    if !fields.contains(.acceptEncoding) { append("Accept-Encoding", ": ", EasyHandle.acceptedEncodings) }
    for field in fields where field.name != .contentLength {
      // libcurl takes a line without a value for a wish to leave the field out; with a semicolon it stays.
      if field.value.isEmpty {
        append(field.name.rawName, ";")
      } else {
        append(field.name.rawName, ": ", field.value)
      }
    }
    if let credentials { append(credentials) }
  }

  /// Erases everything, credentials above all.
  func clear() {
    unsafe SecretBytes.erase(UnsafeMutableRawBufferPointer(rebasing: text[..<textEnd]))
    textEnd = 0
    lineCount = 0
  }

  // MARK: Room

  /// More than the lines take that are not given, and what stands around those that are.
  private static let room = 128
  private static let roomAround = 3

  /// Forgets the lines that are there, and provides for new ones.
  private func makeRoom(bytes: Int, lines: Int) {
    clear()
    if unsafe text.count < bytes {
      unsafe text.deallocate()
      unsafe text = .allocate(byteCount: bytes, alignment: 1)
    }
    if unsafe nodes.count < lines {
      unsafe nodes.deallocate()
      unsafe nodes = .allocate(capacity: lines)
    }
  }

  // MARK: Lines

  private func append(_ name: String, _ separator: StaticString, _ value: String = "") {
    begin()
    write(name)
    write(separator)
    write(value)
    finish()
  }

  private func append(_ credentials: BasicCredentials) {
    begin()
    write("Authorization: Basic " as StaticString)
    let count = Self.plainCount(credentials)
    unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { plain in
      defer { unsafe SecretBytes.erase(plain) }
      unsafe credentials.password.withUnsafeBytes { password in
        let start = count - password.count
        unsafe UnsafeMutableRawBufferPointer(rebasing: plain[start...]).copyMemory(from: password)
        unsafe plain[start - 1] = UInt8(ascii: ":")
        unsafe plain.copyBytes(from: credentials.username.utf8)
      }
      unsafe writeBase64(UnsafeRawBufferPointer(plain))
    }
    finish()
  }

  private func begin() {
    let start = unsafe text.baseAddress.map { unsafe $0 + textEnd }
    unsafe nodes[lineCount] = unsafe curl_slist(data: start?.assumingMemoryBound(to: CChar.self), next: nil)
    if lineCount > 0 { unsafe nodes[lineCount - 1].next = unsafe nodes.baseAddress.map { unsafe $0 + lineCount } }
    lineCount += 1
  }

  private func finish() {
    unsafe text[textEnd] = 0
    textEnd += 1
  }

  private func write(_ string: String) {
    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: text[textEnd...])
    unsafe rest.copyBytes(from: string.utf8)
    textEnd += string.utf8.count
  }

  private func write(_ string: StaticString) {
    let bytes = unsafe UnsafeRawBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount)
    unsafe UnsafeMutableRawBufferPointer(rebasing: text[textEnd...]).copyMemory(from: bytes)
    textEnd += bytes.count
  }

  // MARK: Base64

  private static func plainCount(_ credentials: BasicCredentials) -> Int {
    credentials.username.utf8.count + 1 + credentials.password.count
  }

  private static func encodedCount(_ credentials: BasicCredentials) -> Int {
    (plainCount(credentials) + 2) / 3 * 4
  }

  private func writeBase64(_ bytes: UnsafeRawBufferPointer) {
    // Of 64 bytes, so that which of them is read shows nowhere in the processor's cache.
    let digits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group = UInt32(unsafe bytes[start]) << 16
      if count > 1 { group |= UInt32(unsafe bytes[start + 1]) << 8 }
      if count > 2 { group |= UInt32(unsafe bytes[start + 2]) }
      for digit in 0..<4 {
        let value = Int(group >> UInt32(18 - 6 * digit) & 0x3f)
        unsafe text[textEnd + digit] = digit <= count ? digits.utf8Start[value] : UInt8(ascii: "=")
      }
      textEnd += 4
    }
  }
}
