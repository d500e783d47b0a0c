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

  /// Reads `https://host[:port]`, or `http://` for a loopback host, with at most a slash behind it.
  init(parsing base: String) throws {
    let parts = base.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scheme = parts.first?.lowercased(), scheme == "https" || scheme == "http" else {
      throw TokenRotationError(
        .configurationInvalid, "A base URL for Twilio looks like 'https://host' or 'http://127.0.0.1:8080'.")
    }
    let authority = parts[1].hasSuffix("/") ? String(parts[1].dropLast()) : String(parts[1])
    guard let host = Self.host(of: authority) else {
      throw TokenRotationError(
        .configurationInvalid, "A base URL for Twilio has a host and at most a port: no path, no query, no user.")
    }
    guard scheme == "https" || LoopbackHost.contains(host) else {
      throw TokenRotationError(
        .configurationInvalid, "A base URL for Twilio uses https; plain http is for loopback addresses only.")
    }
    self.init(scheme: scheme, authority: authority)
  }

  /// The host of `host`, `host:port` or `[address]:port`; nil if it is none of these.
  private static func host(of authority: String) -> String? {
    let host: Substring
    let port: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[...end]
      port = authority[authority.index(after: end)...]
      guard host.dropFirst().dropLast().utf8.allSatisfy(\.isAddressCharacter) else { return nil }
    } else {
      host = authority.prefix { $0 != ":" }
      port = authority[host.endIndex...]
      guard !host.isEmpty, host.utf8.allSatisfy(\.isHostCharacter) else { return nil }
    }
    guard port.isEmpty || (port.first == ":" && UInt16(port.dropFirst()) != nil) else { return nil }
    return String(host)
  }
}

/// Hosts that name this machine itself, the only ones to which a token may travel without TLS.
package enum LoopbackHost {
  /// Whether `host` is `localhost`, an address of 127.0.0.0/8 or `[::1]`.
  package static func contains(_ host: String) -> Bool {
    if host.lowercased() == "localhost" || host == "[::1]" { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers.first == "127" && numbers.allSatisfy { UInt8($0) != nil }
  }
}

extension UInt8 {
  fileprivate var isHostCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  fileprivate var isAddressCharacter: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
