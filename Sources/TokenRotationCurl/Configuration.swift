public import TokenRotationCore

extension CurlTransport {
  /// Settings of a transport, the same for all its requests.
  public struct Configuration: Sendable {
    /// How requests get out.
    public enum Proxy: Sendable, Equatable {
      /// As the environment says: `https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`. Loopback hosts are reached
      /// without a proxy.
      case environment
      /// Directly, whatever the environment says.
      case none
      /// Through this one, for every host: `http://`, `https://`, `socks5://` or `socks5h://`, host and port, without
      /// a user name.
      case server(String, credentials: BasicCredentials? = nil)
    }

    /// How long a connection may take to come up, name look-up and TLS included; 10 seconds by default.
    ///
    /// A request's own deadline holds as well.
    public var connectTimeout: Duration = .seconds(10)

    /// A file of certificates in PEM form that servers are verified against, instead of the system's.
    public var certificateAuthorityFile: String?

    /// How requests get out; as the environment says by default.
    public var proxy: Proxy = .environment

    /// How many connections to one host may be open at a time; nil, the default, for as many as there are requests.
    ///
    /// Those that find none free wait, within their deadlines. Requests that may be sent again and the others are
    /// counted apart.
    public var maximumConnectionsPerHost: Int?

    /// How many connections may be open at a time altogether; nil, the default, for as many as there are requests.
    ///
    /// Counted like ``maximumConnectionsPerHost``.
    public var maximumConnections: Int?

    /// How many connections are kept for later requests; 64 by default.
    public var maximumIdleConnections = 64

    /// The `User-Agent` of requests that bring none.
    public var userAgent = "swift-token-rotation/0.1.0"

    /// Makes the default settings.
    public init() {}
  }
}

extension CurlTransport.Configuration {
  /// Whether all that is sent to a loopback host stays on this machine.
  var keepsLoopbackTraffic: Bool {
    guard case .server(let url, _) = proxy else { return true }
    return Self.proxyAuthority(url)?.isLoopback ?? false
  }

  /// Refuses what cannot work, so that a mistake shows at the start of the host and not in its first request.
  ///
  /// - Throws: ``TokenRotationError`` with the code `configurationInvalid`.
  func check() throws {
    guard connectTimeout > .zero else { throw Self.invalid("The connect timeout is not positive.") }
    guard maximumConnectionsPerHost ?? 1 > 0, maximumConnections ?? 1 > 0, maximumIdleConnections > 0 else {
      throw Self.invalid("A number of connections is not positive.")
    }
    guard userAgent.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw Self.invalid("The user agent holds a character that no header field may hold.")
    }
    if case .server(let url, _) = proxy, Self.proxyAuthority(url) == nil {
      throw Self.invalid(
        "The proxy is not a URL of the form http://host:port (or https, socks5, socks5h); "
          + "its user name and password go into the credentials.")
    }
    if let certificateAuthorityFile, !SystemFile.isReadable(certificateAuthorityFile) {
      throw Self.invalid("The file of certificates at \(certificateAuthorityFile) cannot be read.")
    }
  }

  private static func proxyAuthority(_ url: String) -> Authority? {
    for scheme in ["http://", "https://", "socks5://", "socks5h://"] where url.hasPrefix(scheme) {
      let rest = url.dropFirst(scheme.count)
      return Authority(rest.hasSuffix("/") ? rest.dropLast() : rest)
    }
    return nil
  }

  private static func invalid(_ message: String) -> TokenRotationError {
    TokenRotationError(.configurationInvalid, message)
  }
}
