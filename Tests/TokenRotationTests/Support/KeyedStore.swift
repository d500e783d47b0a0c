import Testing
import TokenRotation

/// Two keys, one of which is on its way out, and records that are sealed with it.
struct RolledKeys {
  let old: Keyring
  /// Seals with the new key and still opens what the old one sealed.
  let both: Keyring
  let new: Keyring

  init(old sealing: Keyring.Key? = nil) throws {
    let (oldKey, newKey) = (try sealing ?? .random(), try Keyring.Key.random())
    old = try Keyring(sealingKey: oldKey)
    both = try Keyring(sealingKey: newKey, openingKeys: [oldKey])
    new = try Keyring(sealingKey: newKey)
  }

  var oldID: SealingKeyID { get throws { try OpenSSLTokenCipher(keyring: old).sealingKeyID } }
  var newID: SealingKeyID { get throws { try OpenSSLTokenCipher(keyring: new).sealingKeyID } }
}

/// What a store's sealed tokens were when they were put there.
struct KnownTokens {
  private(set) var tokens: [ProviderID: [(TokenSlot, AuthToken)]] = [:]
  var count: Int { tokens.values.map(\.count).reduce(0, +) }

  /// Puts records into a store, in every phase that nobody holds and with up to three tokens given up, sealed by a keyring.
  mutating func fill(_ store: any ProviderStore, records count: Int, sealing keyring: Keyring) async throws {
    let cipher = try OpenSSLTokenCipher(keyring: keyring)
    for number in 0..<count {
      let digits = String(number, radix: 16)
      let sid = try AccountSID("AC" + String(repeating: "0", count: 32 - digits.count) + digits)
      let id = ProviderID()
      func make(_ slot: TokenSlot) throws -> SealedToken {
        let token = try AuthToken.random()
        tokens[id, default: []].append((slot, token))
        return try cipher.seal(token, for: SealingContext(providerID: id, accountSID: sid, slot: slot))
      }
      var record = ProviderRecord(
        id: id, accountSID: sid, region: .us1, details: ProviderDetails(name: "A line"), token: try make(.current))
      record.rotation.phase = [.idle, .minted, .quarantined][number % 3]
      if record.rotation.phase == .minted { record.rotation.candidate = try make(.candidate) }
      if record.rotation.phase == .quarantined { record.rotation.quarantine = .nothingWorks }
      record.rotation.givenUp = try (0..<(number % 4)).map { _ in try make(.givenUp) }
      _ = try await store.insert(record)
    }
  }

  /// Expects every token to be where it was, and to open.
  func expectAll(
    in store: any ProviderStore, openingWith keyring: Keyring, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let cipher = try OpenSSLTokenCipher(keyring: keyring)
    for (id, tokens) in tokens {
      let record = try #require(try await store.read(id), sourceLocation: sourceLocation).record
      try #require(record.sealedTokens.map(\.slot) == tokens.map(\.0), sourceLocation: sourceLocation)
      for ((slot, sealed), (_, token)) in zip(record.sealedTokens, tokens) {
        let opened = try cipher.open(
          sealed, for: SealingContext(providerID: id, accountSID: record.accountSID, slot: slot))
        #expect(opened == token, sourceLocation: sourceLocation)
      }
    }
  }
}
