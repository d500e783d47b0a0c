import HTTPTypes
import TokenRotationCore
import TokenRotationOpenSSL

/// What Twilio signed if it sent this webhook, in every spelling: address, then the parameters of a form.
///
/// A class, as copies of its parts would be counted one by one.
final class WebhookMessage: Sendable {
  /// What stands in front of the path in each spelling.
  private let heads: [[UInt8]]
  /// The first of those, path and query, then names and values.
  private let bytes: [UInt8]
  private let pathEnd: Int
  private let urlEnd: Int
  private let opensWebSocket: Bool
  private let formAccount: Range<Int>?
  private let hasSeveralAccounts: Bool

  /// Reads a webhook.
  ///
  /// - Throws: ``WebhookRefusal`` if it cannot be one of Twilio's, or its body is not the one that its address names.
  init(_ request: WebhookRequest, _ fields: WebhookFields, address: WebhookAddress, limits: WebhookLimits) throws {
    guard request.body.count <= limits.bodySize else {
      throw WebhookRefusal(
        .bodyTooLarge, "The body has \(request.body.count) bytes, and \(limits.bodySize) is the limit.")
    }
    guard var path = request.head.path, !path.isEmpty else {
      throw WebhookRefusal(.urlMissing, "The request has no path.")
    }
    let urlCount = path.utf8.count
    guard urlCount <= limits.urlLength else {
      throw WebhookRefusal(.urlTooLong, "The path has \(urlCount) bytes, and \(limits.urlLength) is the limit.")
    }
    guard path.utf8.first == UInt8(ascii: "/") else {
      throw WebhookRefusal(.urlMalformed, "The path does not begin with a slash.")
    }
    let origin = try address.origin(of: request)
    opensWebSocket = fields.opensWebSocket
    heads = opensWebSocket ? origin.webSocketSpellings : origin.spellings

    let head = heads.first ?? []
    let headCount = head.count
    let formStart = headCount + urlCount
    var form: WebhookForm?
    bytes = try [UInt8](unsafeUninitializedCapacity: formStart + request.body.count) { buffer, count in
      _ = buffer.update(fromContentsOf: head)
      path.withUTF8 { _ = UnsafeMutableBufferPointer(rebasing: buffer[headCount...]).update(fromContentsOf: $0) }
      count = formStart
      guard fields.hasForm, !request.body.isEmpty else { return }
      var formCount = 0
      try request.body.withUnsafeBufferPointer { body in
        form = try WebhookForm(
          body, into: UnsafeMutableBufferPointer(rebasing: buffer[formStart...]), count: &formCount,
          parameterLimit: limits.parameterCount)
      }
      count += formCount
    }
    urlEnd = formStart
    pathEnd = bytes[headCount..<formStart].firstIndex(of: UInt8(ascii: "?")) ?? formStart
    formAccount = form?.accountSID.map { ($0.lowerBound + formStart)..<($0.upperBound + formStart) }
    hasSeveralAccounts = form?.hasSeveralAccountSIDs ?? false
    try checkDigest(of: request.body, isForm: form != nil)
  }

  /// Whether one of the spellings, signed with `token`, has this signature.
  func isSigned(with token: WebhookToken, _ signature: HMACSHA1.Code) throws -> Bool {
    let states = try token.signingKey.bytes {
      try token.token.withUnsafeBytes { key throws in try HMACSHA1.Key(key).states }
    }
    // Twilio ends the path of a WebSocket's address with a slash, whether or not it has one.
    return try HMACSHA1.hasCode(
      signature, under: .init(states: states), message: bytes, heads: heads, pathEnd: pathEnd,
      addsSlash: opensWebSocket)
  }

  /// A body that is no form is covered by its digest in the query, or not at all.
  ///
  /// A digest counts for forms too: else a body that is signed by its digest could be left out, or be called a form.
  private func checkDigest(of body: [UInt8], isForm: Bool) throws {
    let digests = queryValues(of: "bodySHA256")
    guard !digests.isEmpty else {
      if body.isEmpty || isForm { return }
      throw WebhookRefusal(
        .bodyNotSigned,
        "The body is not a form, and the address holds no bodySHA256, so the signature does not cover the body.")
    }
    let digest = try SHA256Text.of(body)
    guard digests.allSatisfy({ bytes[$0].elementsEqual(digest) }) else {
      throw WebhookRefusal(.bodyDigestMismatch, "The body is not the one that bodySHA256 was computed from.")
    }
  }

  /// Where the values of a parameter of the query are, as they stand there.
  private func queryValues(of name: StaticString) -> [Range<Int>] {
    guard pathEnd < urlEnd else { return [] }
    var values: [Range<Int>] = []
    var start = pathEnd + 1
    while start < urlEnd {
      let end = bytes[start..<urlEnd].firstIndex(of: UInt8(ascii: "&")) ?? urlEnd
      let valueStart = start + name.utf8CodeUnitCount + 1
      if valueStart <= end, bytes[valueStart - 1] == UInt8(ascii: "="),
        name.withUTF8Buffer({ bytes[start..<(valueStart - 1)].elementsEqual($0) })
      {
        values.append(valueStart..<end)
      }
      start = end + 1
    }
    return values
  }

  /// The account that the webhook says it is of; not to be believed before the signature is.
  ///
  /// - Parameter body: The body that the message was made of.
  /// - Throws: ``WebhookRefusal`` if it names none, several, or something else.
  func claimedAccount(_ body: [UInt8]) throws -> AccountSID {
    guard !hasSeveralAccounts else { throw Self.ambiguous }
    if let formAccount { return try Self.account(String(decoding: bytes[formAccount], as: UTF8.self)) }
    let inQuery = Set(queryValues(of: "AccountSid").map { String(decoding: bytes[$0], as: UTF8.self) })
    guard inQuery.count <= 1 else { throw Self.ambiguous }
    if let text = try inQuery.first ?? JSONWebhook.accountSID(in: body) { return try Self.account(text) }
    throw WebhookRefusal(
      .accountMissing, "The webhook names no AccountSid. Say which provider it is for, by the address for example.")
  }

  private static var ambiguous: WebhookRefusal {
    WebhookRefusal(.accountAmbiguous, "The webhook names several values for AccountSid.")
  }

  private static func account(_ text: String) throws -> AccountSID {
    guard let sid = try? AccountSID(text) else {
      throw WebhookRefusal(.accountMalformed, "What the webhook names as AccountSid is not one.")
    }
    return sid
  }
}
