import HTTPTypes

/// The hosts that a session may send a token to.
///
/// Twilio's own for the region of the token, and those that the host application named. Everything else is refused before
/// anything is sent: an address may come from an answer, and a token that was sent to the wrong place is lost.
struct SessionHosts: Sendable {
  let endpoints: TwilioEndpoints
  var named: Set<TwilioOrigin> = []

  /// Completes a request's address, and checks it.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/hostNotAllowed`` for any other host.
  func complete(_ head: inout HTTPRequest, for snapshot: TokenSnapshot) throws {
    if head.authority == nil {
      let origin = try endpoints.origin(of: .api, in: snapshot.region)
      (head.scheme, head.authority) = (origin.scheme, origin.authority)
    } else {
      head.scheme = head.scheme ?? "https"
      try check(head, snapshot.region)
    }
    if let path = head.path, path.contains(Self.placeholder) {
      head.path = path.replacing(Self.placeholder, with: snapshot.accountSID.description)
    }
  }

  /// What stands for the account SID in a path, as in Twilio's own description of its API.
  private static let placeholder = "{AccountSid}"

  private func check(_ head: HTTPRequest, _ region: TwilioRegion) throws {
    let origin = TwilioOrigin(scheme: head.scheme ?? "", authority: head.authority ?? "").normalized
    if named.contains(origin) || endpoints.names(origin, in: region) { return }
    guard origin.scheme == "https", region.serves(origin.authority) else {
      throw TokenRotationError(
        .hostNotAllowed,
        "This provider's Auth Token is sent over https to Twilio's hosts for \(region) only. Name another host with "
          + "`TwilioSession.allowing(_:)` if it is one of Twilio's.")
    }
  }
}

extension TwilioRegion {
  /// Whether a host is Twilio's and of this region: `{product}.twilio.com` for us1, `{product}.{edge}.{region}.twilio.com`
  /// for any.
  fileprivate func serves(_ host: String) -> Bool {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard labels.suffix(2) == ["twilio", "com"], labels.allSatisfy(Self.isHostLabel) else { return false }
    switch labels.count {
    case 3: return self == .us1
    case 5: return labels[2] == id
    default: return false
    }
  }
}
