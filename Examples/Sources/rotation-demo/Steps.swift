import ExampleSupport
import TokenRotation

/// The steps that are the same whichever Twilio is at the other end; each checks what it tells.
struct Steps {
  let narrator: Narrator
  let host: Host
  let accountSID: AccountSID

  func register(_ token: AuthToken) async throws -> ProviderID {
    let id = ProviderID()
    try await narrator.step("Register a provider") {
      let provider = try await host.providers.register(
        id: id, accountSID: accountSID, authToken: token, name: "Support line")
      let sealed = try await host.stored(id).record.token
      try narrator.expect(!sealed.bytes.contains(token), "a stored token that cannot be read")
      return
        "\"\(provider.details.name)\", account \(abbreviated). Twilio accepted the token before anything was saved; "
        + "stored are \(sealed.bytes.count) bytes sealed by OpenSSL, and no plaintext."
    }
    return id
  }

  func update(_ id: ProviderID, to token: AuthToken, _ title: String) async throws {
    try await narrator.step(title) {
      let (before, sealed) = (try await host.providers.provider(id), try await host.stored(id).record.token)
      try await host.providers.updateAuthToken(of: id, to: token)
      let after = try await host.providers.provider(id)
      try narrator.expect(try await host.stored(id).record.token != sealed, "a token sealed anew")
      try narrator.expect(try await host.currentToken(id) == token, "the new token in the store")
      try narrator.expect(
        before.details == after.details, "nothing else changed")
      return "Asked Twilio, sealed, saved in one step. The token that was overwritten is gone for good; name, trunk "
        + "and numbers are as they were."
    }
  }

  func refusedUpdate(_ id: ProviderID, to wrong: AuthToken) async throws {
    try await narrator.step("Update it with a wrong token") {
      let before = try await host.stored(id)
      do {
        try await host.providers.updateAuthToken(of: id, to: wrong)
      } catch let error as TokenRotationError where error.code == .tokenRefused {
        let after = try await host.stored(id)
        try narrator.expect(before == after, "a refused update that changes nothing")
        return
          "Refused: \(error.code.rawValue)\(error.answer.map { ", Twilio answered \($0.status)/\($0.code ?? 0)" } ?? "")."
          + " Nothing was changed: \(before.record.token.bytes.count) sealed bytes before and after, all the same, "
          + "still revision \(after.revision)."
      }
      throw Narrator.Surprise("Not as expected: a wrong token was taken.")
    }
  }

  func rotate(_ id: ProviderID) async throws {
    try await narrator.step("Rotate the token, in one call") {
      let events = host.providers.rotationEvents()
      try await host.providers.rotateAuthToken(of: id)
      var kinds: [String] = []
      for await event in events {
        kinds.append(event.kind.rawValue)
        if event.kind == .committed { break }
      }
      try narrator.expect(kinds == ["minted", "proven", "promoted", "committed"], "a rotation with nothing in its way")
      return
        "Twilio made a new token; it was \(kinds.joined(separator: ", ")). It was stored before it was used, and "
        + "both tokens worked until the moment of the promotion."
    }
  }

  /// Rotates while an answer gets lost.
  ///
  /// - Returns: The token that was in use before.
  func rotateOnceMore(_ id: ProviderID) async throws -> AuthToken {
    let before = try await host.currentToken(id)
    try await narrator.step("Rotate once more, and lose Twilio's answer to the promotion") {
      try await host.providers.rotateAuthToken(of: id)
      try narrator.expect(try await host.role(of: before, for: id) == nil, "an old token that is refused")
      try narrator.expect(
        try await host.role(of: host.currentToken(id), for: id) == .primary, "a new token that is the primary")
      return
        "Twilio promoted the token and answered with an error 500. Both tokens were asked about; the new one "
        + "turned out to be the primary, and nothing was sent twice."
    }
    return before
  }

  func createSecondary(_ id: ProviderID) async throws {
    try await narrator.step("Create a secondary token") {
      try await host.providers.createSecondaryToken(of: id)
      let (current, candidate) = (try await host.currentToken(id), try await host.candidate(id))
      try narrator.expect(try await host.role(of: current, for: id) != nil, "a current token that goes on working")
      try narrator.expect(try await host.role(of: candidate, for: id) != nil, "a secondary that works")
      return "Twilio shows it once, so it was sealed and stored before anything else. Both tokens work now; whoever "
        + "uses the current one notices nothing."
    }
  }

  func promote(_ id: ProviderID) async throws {
    try await narrator.step("Promote it") {
      let candidate = try await host.candidate(id)
      try await host.providers.promoteSecondaryToken(of: id)
      try narrator.expect(try await host.currentToken(id) == candidate, "the candidate as the current token")
      try narrator.expect(try await host.stored(id).record.rotation.phase == .idle, "a rotation that is over")
      return "Called with the new token itself: no other secondary can be promoted by mistake, and if the answer were "
        + "lost, asking again would still work."
    }
  }

  func prove(_ id: ProviderID, old: AuthToken) async throws {
    try await narrator.step("Ask Twilio about both") {
      let current = try await host.currentToken(id)
      try narrator.expect(old != current, "another token than before")
      try narrator.expect(try await host.role(of: old, for: id) == nil, "an old token that is refused")
      try narrator.expect(try await host.role(of: current, for: id) == .primary, "a new token that is the primary")
      return "The old token is refused. The new one, as stored, is the account's primary."
    }
  }

  func remove(_ id: ProviderID) async throws {
    try await narrator.step("Remove the provider") {
      try await host.providers.remove(id)
      try narrator.expect(try await host.store.read(id) == nil, "an empty store")
      return "Its record and the sealed token are gone from the store. Twilio was not asked: the account is as it was."
    }
  }

  /// Fails if one of `tokens` was printed.
  func checkOutput(for tokens: [AuthToken]) throws {
    let leaked = tokens.contains { $0.withUnsafeBytes { narrator.hasPrinted($0) } }
    try narrator.expect(!leaked, "output without a token")
  }

  private var abbreviated: String {
    let sid = accountSID.description
    return "\(sid.prefix(6))…\(sid.suffix(4))"
  }
}

extension [UInt8] {
  fileprivate func contains(_ token: AuthToken) -> Bool {
    token.withUnsafeBytes { secret in
      count >= secret.count && (0...(count - secret.count)).contains { self[$0...].starts(with: secret) }
    }
  }
}
