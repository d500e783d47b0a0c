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
      return try withUnsafeTemporaryAllocation(byteCount: HMACSHA1.Code.byteCount + 1, alignment: 8) { bytes in
        var word: UInt32 = 0
        var isBase64 = text[digits] == UInt8(ascii: "=")
        for index in 0...digits {
          let digit = index == digits ? 0 : value(text[index])
          isBase64 = isBase64 && digit < 64
          word = word << 6 | UInt32(digit & 63)
          guard index % 4 == 3 else { continue }
          let offset = index / 4 * 3
          bytes[offset] = UInt8(word >> 16 & 0xff)
          bytes[offset + 1] = UInt8(word >> 8 & 0xff)
          bytes[offset + 2] = UInt8(word & 0xff)
        }
        // The bits that no byte takes have to be zero.
        guard isBase64, bytes[HMACSHA1.Code.byteCount] == 0 else {
          throw WebhookRefusal(.signatureNotBase64, "The signature is not written in base64.")
        }
        return HMACSHA1.Code(UnsafeRawBufferPointer(rebasing: bytes[..<HMACSHA1.Code.byteCount]))
      }
    }
  }

  /// What a digit of base64 stands for; 64 for what is none.
  private static func value(_ digit: UInt8) -> UInt8 {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: 64
    }
  }
}
