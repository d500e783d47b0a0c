/// The hosts that requests go to, and the only ones that ever see a token.
///
/// By default they are Twilio's own for the provider's region. A host application may name others: one for everything,
/// as tests and examples do, or one for a single product in a single region, where Twilio documents none.
public struct TwilioEndpoints: Sendable {
  private struct Place: Hashable {
    let product: TwilioProduct
    let region: TwilioRegion
  }

  private var everything: TwilioOrigin?
  private var named: [Place: TwilioOrigin] = [:]

  private init() {}

  /// Twilio's own hosts.
  public static let twilio = TwilioEndpoints()

  /// Sends everything to one server: scheme and authority replace Twilio's, the path stays.
  ///
  /// - Parameter base: Such as `http://127.0.0.1:8080`; `https` for anything but loopback.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/configurationInvalid``.
  public static func redirected(to base: String) throws -> TwilioEndpoints {
    var endpoints = TwilioEndpoints()
    endpoints.everything = try TwilioOrigin(parsing: base)
    return endpoints
  }

  /// Names the host of one product in one region.
  ///
  /// Needed for creating, promoting and deleting secondaries outside us1: whether `accounts.twilio.com` exists for other
  /// regions is not documented, and a token must not be sent to a host that was guessed.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/configurationInvalid``.
  public func naming(_ base: String, for product: TwilioProduct, in region: TwilioRegion) throws -> TwilioEndpoints {
    var endpoints = self
    endpoints.named[Place(product: product, region: region)] = try TwilioOrigin(parsing: base)
    return endpoints
  }

  /// Whether the host application named a server for requests in a region.
  func names(_ origin: TwilioOrigin, in region: TwilioRegion) -> Bool {
    everything?.normalized == origin || named.contains { $0.key.region == region && $0.value.normalized == origin }
  }

  /// Where requests for a product in a region go.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/regionNotSupported`` where that is not
  ///   known; nothing was sent.
  package func origin(of product: TwilioProduct, in region: TwilioRegion) throws -> TwilioOrigin {
    if let origin = named[Place(product: product, region: region)] ?? everything { return origin }
    guard product != .accounts || region == .us1 else {
      throw TokenRotationError(
        .regionNotSupported,
        "Twilio documents no host for creating and promoting Auth Tokens in \(region). Rotate in the Twilio Console and "
          + "update the token here, or name the host with `TwilioEndpoints.naming(_:for:in:)`.")
    }
    return TwilioOrigin(scheme: "https", authority: region.host(for: product))
  }
}

/// Scheme and authority of a server that tokens may be sent to.
package struct TwilioOrigin: Hashable, Sendable {
  package let scheme: String
  package let authority: String

  init(scheme: String, authority: String) {
    self.scheme = scheme
    self.authority = authority
  }

  /// The same server as everybody would write it: in lower case, without the port that the scheme stands for.
  var normalized: TwilioOrigin {
    let (scheme, authority) = (scheme.lowercased(), authority.lowercased())
    let port = scheme == "https" ? ":443" : ":80"
    return TwilioOrigin(
      scheme: scheme, authority: authority.hasSuffix(port) ? String(authority.dropLast(port.count)) : authority)
  }

  /// Reads `https://host[:port]`, or `http://` for a loopback host, with at most a slash behind it.
  init(parsing base: String) throws {
    let parts = base.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scheme = parts.first?.lowercased(), scheme == "https" || scheme == "http" else {
      throw TokenRotationError(
        .configurationInvalid, "A base URL for Twilio looks like 'https://host' or 'http://127.0.0.1:8080'.")
    }
    let text = parts[1].hasSuffix("/") ? parts[1].dropLast() : parts[1]
    guard let authority = Authority(text) else {
      throw TokenRotationError(
        .configurationInvalid, "A base URL for Twilio has a host and at most a port: no path, no query, no user.")
    }
    guard scheme == "https" || authority.isLoopback else {
      throw TokenRotationError(
        .configurationInvalid, "A base URL for Twilio uses https; plain http is for loopback addresses only.")
    }
    self.init(scheme: scheme, authority: String(text))
  }
}
