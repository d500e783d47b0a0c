import TokenRotationCore

/// Scheme, host and the configured beginning of the path, in every spelling in which they may have been signed.
///
/// Twilio's own libraries accept an address with and without its port, and keep a user name and password that Twilio
/// drops. Spellings differ only in what cannot lead anywhere else, so accepting all of them gives nothing away.
struct SignedOrigin: Sendable {
  /// What may stand in front of the path.
  let spellings: [[UInt8]]
  /// Likewise where the request opens a WebSocket.
  let webSocketSpellings: [[UInt8]]

  /// Reads the base of an address; nil for what is none.
  init?(base: String) {
    guard let separator = base.firstRange(of: "://") else { return nil }
    let rest = base[separator.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    var path = rest[authority.endIndex...]
    if path.last == "/" { path.removeLast() }
    guard !path.contains(where: { $0 == "?" || $0 == "#" || $0.isWhitespace }) else { return nil }
    self.init(scheme: String(base[..<separator.lowerBound]), authority: String(authority), path: path)
  }

  /// Puts an address together; nil if it cannot be one that Twilio calls.
  init?(scheme: String, authority: String) {
    self.init(scheme: scheme, authority: authority, path: "")
  }

  private init?(scheme: String, authority: String, path: Substring) {
    let scheme = scheme.lowercased()
    guard let isSecure = ["https": true, "wss": true, "http": false, "ws": false][scheme] else { return nil }
    let host: Substring
    var users: [Substring] = [""]
    if let at = authority.lastIndex(of: "@") {
      host = authority[authority.index(after: at)...]
      let user = authority[...at]
      guard !user.contains(where: { "/?#[] ".contains($0) }) else { return nil }
      users = [user, ""]
    } else {
      host = authority[...]
    }
    guard Authority(host) != nil else { return nil }
    let hosts = Self.withAndWithoutPort(host, defaultPort: isSecure ? "443" : "80")
    func spellings(_ scheme: String) -> [[UInt8]] {
      users.flatMap { user in hosts.map { host in Array("\(scheme)://\(user)\(host)\(path)".utf8) } }
    }
    self.spellings = spellings(isSecure ? "https" : "http")
    webSocketSpellings = spellings(isSecure ? "wss" : "ws")
  }

  private static func withAndWithoutPort(_ host: Substring, defaultPort: String) -> [Substring] {
    let end = host.lastIndex(of: "]") ?? host.startIndex
    guard let colon = host[end...].lastIndex(of: ":") else { return [host, host + ":" + defaultPort] }
    return [host, host[..<colon]]
  }
}
