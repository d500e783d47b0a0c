import TokenRotationCore

/// What a request's host says: which service of Twilio's in which region; a loopback host says neither.
struct Address: Sendable {
  /// Such as `api`; nil for any.
  var subdomain: String?
  /// Such as `us1`; nil for any.
  var regionID: String?

  /// Nil for a host that is neither Twilio's nor loopback.
  init?(authority: String, loopbackRegion: TwilioRegion?) {
    let host = Self.host(of: authority)
    if Self.isLoopback(host) {
      regionID = loopbackRegion?.id
      return
    }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard labels.suffix(2) == ["twilio", "com"] else { return nil }
    switch labels.count {
    case 3: (subdomain, regionID) = (labels[0], TwilioRegion.us1.id)
    case 5: (subdomain, regionID) = (labels[0], labels[2])
    default: return nil
    }
  }

  func serves(_ product: TwilioProduct) -> Bool {
    subdomain == nil || subdomain == product.subdomain
  }

  func covers(_ region: TwilioRegion) -> Bool {
    regionID == nil || regionID == region.id
  }

  private static func host(of authority: String) -> String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      return String(authority[authority.index(after: authority.startIndex)..<end])
    }
    return String(authority.prefix { $0 != ":" }).lowercased()
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
