public import HTTPTypes

/// A webhook as it reached the host: what a validator has to know of it.
///
/// Its header fields and its body are nobody's yet: nothing in them is to be believed before a verdict.
public struct WebhookRequest: Sendable {
  /// Method, scheme, authority, path with query, and header fields, as they were received.
  public var head: HTTPRequest
  /// The whole body, as it was received.
  public var body: [UInt8]
  /// The address of whoever opened the connection, such as `10.0.0.7` or `2001:db8::7`; nil if it is not known.
  ///
  /// What proxies say of the original address is believed for those peers only that ``WebhookAddress`` names.
  public var peerAddress: String?

  /// Collects what was received.
  ///
  /// - Parameters:
  ///   - head: Method, scheme, authority, path with query, and header fields.
  ///   - body: The whole body, not decoded in any way.
  ///   - peerAddress: The address at the other end of the connection, without a port.
  public init(head: HTTPRequest, body: [UInt8] = [], peerAddress: String? = nil) {
    self.head = head
    self.body = body
    self.peerAddress = peerAddress
  }
}

extension WebhookRequest: CustomStringConvertible, CustomReflectable {
  /// The method and the body's length: addresses of webhooks hold what customers put there.
  public var description: String { "\(head.method.rawValue) webhook, \(body.count) bytes" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// How much of a webhook is looked at: what is beyond is refused before anything is computed.
public struct WebhookLimits: Sendable, Hashable {
  /// How many bytes a body may have.
  public var bodySize: Int
  /// How many parameters a form may have.
  public var parameterCount: Int
  /// How many bytes an address may have, its query included.
  public var urlLength: Int

  /// Makes limits; the defaults are several times what Twilio is known to send.
  ///
  /// - Parameters:
  ///   - bodySize: In bytes; 256 KiB by default.
  ///   - parameterCount: Of a form; 1,000 by default.
  ///   - urlLength: In bytes; 8 KiB by default.
  public init(bodySize: Int = 262_144, parameterCount: Int = 1000, urlLength: Int = 8192) {
    self.bodySize = bodySize
    self.parameterCount = parameterCount
    self.urlLength = urlLength
  }
}
