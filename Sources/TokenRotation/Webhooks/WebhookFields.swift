import HTTPTypes
import TokenRotationOpenSSL

/// What a validator wants of a webhook's header fields, found in one go through them.
struct WebhookFields {
  private(set) var signature: HMACSHA1.Code
  /// Whether the body is a form, and nothing else.
  private(set) var hasForm = false
  /// Whether the request opens a WebSocket.
  private(set) var opensWebSocket = false

  /// - Throws: ``WebhookRefusal`` if there is no signature, more than one, or one that is none.
  init(_ head: HTTPRequest) throws {
    var signature: String?
    var contentTypes = 0
    var forms = 0
    let all = head.headerFields
    // By index, and by the names' lengths first: taking each field out and comparing its name took longer than the hash.
    for index in all.indices {
      switch all[index].name.canonicalName.utf8.count {
      case 18 where all[index].name.canonicalName == "x-twilio-signature":
        guard signature == nil else {
          throw WebhookRefusal(.signatureRepeated, "There are several X-Twilio-Signature header fields.")
        }
        signature = all[index].value
      case 12 where all[index].name.canonicalName == "content-type":
        contentTypes += 1
        if Self.isForm(all[index].value) { forms += 1 }
      case 7 where all[index].name.canonicalName == "upgrade":
        opensWebSocket = opensWebSocket || all[index].value.lowercased() == "websocket"
      default: break
      }
    }
    opensWebSocket = opensWebSocket || head.method == .connect && head.extendedConnectProtocol == "websocket"
    hasForm = forms > 0 && forms == contentTypes
    guard let signature else {
      throw WebhookRefusal(
        .signatureMissing,
        "There is no X-Twilio-Signature header field. Whoever sent this is not Twilio, or a proxy took the field away.")
    }
    self.signature = try Self.code(signature)
  }

  private static func isForm(_ contentType: String) -> Bool {
    let form: StaticString = "application/x-www-form-urlencoded"
    let count = form.utf8CodeUnitCount
    var contentType = contentType
    return contentType.withUTF8 { type in
      guard type.count >= count,
        type.count == count || type[count] == UInt8(ascii: ";") || type[count] == UInt8(ascii: " ")
      else { return false }
      for index in 0..<count {
        let expected = form.utf8Start[index]
        // Letters may be of either case; the other characters have no other.
        if type[index] != expected, type[index] | 0x20 != expected || expected < UInt8(ascii: "a") { return false }
      }
      return true
    }
  }

  /// Reads the base64 of 20 bytes, in the one form in which it is written: a signature has no second spelling.
  private static func code(_ text: String) throws -> HMACSHA1.Code {
    var text = text
    return try text.withUTF8 { text in
      let digits = 27
      guard text.count == digits + 1 else {
        throw WebhookRefusal(
          .signatureLengthWrong, "The signature has \(text.count) characters, and Twilio's have \(digits + 1).")
      }
      return try withUnsafeTemporaryAllocation(byteCount: digits / 4 * 3 + 3, alignment: 8) { bytes in
        var problems: UInt8 = text[digits] == UInt8(ascii: "=") ? 0 : 64
        for group in 0..<7 {
          var word: UInt32 = 0
          for index in (4 * group)..<(4 * group + 4) {
            let digit = index == digits ? 0 : values[Int(text[index])]
            problems |= digit
            word = word << 6 | UInt32(digit & 63)
          }
          bytes[3 * group] = UInt8(truncatingIfNeeded: word >> 16)
          bytes[3 * group + 1] = UInt8(truncatingIfNeeded: word >> 8)
          bytes[3 * group + 2] = UInt8(truncatingIfNeeded: word)
        }
        // The bits that no byte takes have to be zero.
        guard problems < 64, bytes[HMACSHA1.Code.byteCount] == 0 else {
          throw WebhookRefusal(.signatureNotBase64, "The signature is not written in base64.")
        }
        return HMACSHA1.Code(UnsafeRawBufferPointer(rebasing: bytes[..<HMACSHA1.Code.byteCount]))
      }
    }
  }

  /// What each byte stands for as a digit of base64; 64 for one that is none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 64, count: 256)
    for (value, digit) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
      values[Int(digit)] = UInt8(value)
    }
    return values
  }()
}
