import HTTPTypes
import TokenRotationCore

/// How the address is found that Twilio called, which is what it signed.
///
/// Behind a proxy that ends TLS or changes the host, the request does not show it. Use ``base(_:)`` wherever the address is
/// known: nothing that anybody sends can change it. ``forwarded(_:from:)`` is for hosts with many names.
public struct WebhookAddress: Sendable {
  /// A header field in which a proxy passes on what it was asked.
  public enum ForwardedField: Sendable, Hashable, CaseIterable {
    /// `Forwarded` (RFC 7239), of which `proto` and `host` are used.
    case forwarded
    /// `X-Forwarded-Proto`.
    case xForwardedProto
    /// `X-Forwarded-Host`.
    case xForwardedHost
    /// `X-Forwarded-Port`.
    case xForwardedPort
  }

  enum Kind: Sendable {
    case base(SignedOrigin)
    case asReceived
    case forwarded(ForwardedReader)
  }

  let kind: Kind

  private init(kind: Kind) { self.kind = kind }

  /// What stands in front of the request's path: scheme, host, and whatever of the path a proxy takes away.
  ///
  /// - Parameter url: As it is set up at Twilio, such as `https://voice.example.com`, with user name and password if they
  ///   are part of it there. For WebSockets, `https` stands for `wss`.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/configurationInvalid``.
  public static func base(_ url: String) throws -> WebhookAddress {
    guard let origin = SignedOrigin(base: url) else {
      throw TokenRotationError(
        .configurationInvalid,
        "The base of the webhooks' address is not of the form https://host, optionally with a user, a port and the "
          + "beginning of a path, but without a query.")
    }
    return WebhookAddress(kind: .base(origin))
  }

  /// Scheme and host of the request itself: for hosts that Twilio reaches without a proxy in between.
  public static let asReceived = WebhookAddress(kind: .asReceived)

  /// What a proxy says that it was asked, if the peer is that proxy; otherwise as ``asReceived``.
  ///
  /// - Parameters:
  ///   - fields: The header fields that the proxy **sets, whatever it was sent**. Naming one that it passes on as it came
  ///     lets anybody choose the address: many set `X-Forwarded-Proto` and pass on the rest.
  ///   - proxies: Where the proxy's connections come from.
  public static func forwarded(_ fields: Set<ForwardedField>, from proxies: [AddressRange]) -> WebhookAddress {
    WebhookAddress(kind: .forwarded(ForwardedReader(fields: fields, proxies: proxies)))
  }

  /// Scheme and authority in all spellings that may have been signed.
  func origin(of request: WebhookRequest) throws -> SignedOrigin {
    var scheme = request.head.scheme
    var authority = request.head.authority
    switch kind {
    case .base(let origin): return origin
    case .asReceived: break
    case .forwarded(let reader): try reader.apply(to: &scheme, &authority, of: request)
    }
    guard let scheme, let authority, !authority.isEmpty else {
      throw WebhookRefusal(
        .urlMissing, "The request does not say what scheme and host were called. Configure the base of the address.")
    }
    guard let origin = SignedOrigin(scheme: scheme, authority: authority) else {
      throw WebhookRefusal(.urlMalformed, "The scheme or the host of the address cannot be one that Twilio called.")
    }
    return origin
  }
}

extension WebhookAddress: CustomStringConvertible, CustomReflectable {
  /// Which of the three it is: a base may hold a password.
  public var description: String {
    switch kind {
    case .base: "a configured base"
    case .asReceived: "as received"
    case .forwarded(let reader): "forwarded from \(reader.proxies.map(\.description).joined(separator: ", "))"
    }
  }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
