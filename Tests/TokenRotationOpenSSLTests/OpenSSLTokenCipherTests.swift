import Testing
import TokenRotationCore
import TokenRotationOpenSSL

@Suite("A sealed token opens in its place and nowhere else")
struct OpenSSLTokenCipherTests {
  let token: AuthToken
  let context: SealingContext
  let cipher: OpenSSLTokenCipher

  init() throws {
    token = try AuthToken(parsing: "0123456789abcdef0123456789abcdef")
    context = try SealingContext(
      providerID: ProviderID("support"), accountSID: AccountSID("AC" + String(repeating: "a", count: 32)),
      slot: .current)
    cipher = try OpenSSLTokenCipher(keyring: keyring(1))
  }

  @Test("Whatever was sealed opens again, for tokens and contexts of all kinds")
  func roundTrip() throws {
    var random = SplitMix(seed: 2026)
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      let id = String(
        (0..<Int.random(in: 1...128, using: &random)).map { _ in "aé😀 ‖\u{301}-".randomElement(using: &random)! })
      let token = try AuthToken(issued: bytes)
      let context = try SealingContext(
        providerID: ProviderID(String(String.UnicodeScalarView(id.unicodeScalars.prefix(128)))),
        accountSID: AccountSID(
          "AC" + (0..<32).map { _ in String("0123456789abcdefABCDEF".randomElement(using: &random)!) }.joined()),
        slot: TokenSlot.allCases.randomElement(using: &random)!)
      let sealed = try cipher.seal(token, for: context)
      #expect(try cipher.open(sealed, for: context) == token)
      #expect(sealed.bytes.count == bytes.count + 57)
      #expect(bytes.count < 8 || !sealed.bytes.contains(bytes))
    }
  }

  @Test("The format stays as it is: this envelope opens for good, and a fixed nonce gives it")
  func golden() throws {
    // Version, key id, nonce, ciphertext and tag; computed by another program from the description in Envelope.swift.
    let golden =
      "01" + "73303342a08cd47e16d0a14ed042b4d9" + "000102030405060708090a0b0c0d0e0f1011121314151617"
      + "694d7e8197315918618777914feb96346f80a0b380f6404f52da940e79867361" + "fd26f6017afe527a38118eeb4f1c845d"
    let sealed = try cipher.seal(token, for: context) { nonce in
      for index in nonce.indices { nonce[index] = UInt8(index) }
    }
    #expect(hexadecimal(sealed.bytes) == golden)
    #expect(try cipher.open(SealedToken(bytes: bytes(hexadecimal: golden)), for: context) == token)
  }

  @Test("Every bit of an envelope counts")
  func bitFlips() throws {
    let sealed = try cipher.seal(token, for: context)
    for index in sealed.bytes.indices {
      let expected: TokenRotationError.Code =
        switch index {
        case 0: .sealedTokenForeign
        case 1...16: .sealedTokenKeyUnknown
        default: .sealedTokenAltered
        }
      for bit in 0..<8 {
        var altered = sealed
        altered.bytes[index] ^= 1 << bit
        #expect(code { try cipher.open(altered, for: context) } == expected, "byte \(index), bit \(bit)")
      }
    }
    #expect(try cipher.open(sealed, for: context) == token)
  }

  @Test("Every part of an envelope counts, and so does what follows it")
  func truncations() throws {
    let sealed = try cipher.seal(token, for: context)
    for count in 0..<sealed.bytes.count {
      let truncated = SealedToken(bytes: Array(sealed.bytes.prefix(count)))
      let expected: TokenRotationError.Code = count <= 57 ? .sealedTokenTruncated : .sealedTokenAltered
      #expect(code { try cipher.open(truncated, for: context) } == expected, "\(count) bytes")
    }
    #expect(
      code { try cipher.open(SealedToken(bytes: sealed.bytes + [0]), for: context) } == .sealedTokenAltered)
  }

  @Test("An envelope copied to another place does not open")
  func otherPlaces() throws {
    let sealed = try cipher.seal(token, for: context)
    var otherProvider = context
    otherProvider.providerID = try ProviderID("suppor")
    var otherAccount = context
    otherAccount.accountSID = try AccountSID("AC" + String(repeating: "b", count: 32))
    var otherSlot = context
    otherSlot.slot = .candidate
    for other in [otherProvider, otherAccount, otherSlot] {
      #expect(code { try cipher.open(sealed, for: other) } == .sealedTokenAltered, "\(other)")
    }
  }

  @Test("No two contexts are bound as the same bytes, wherever one part ends and the next begins")
  func contextsAreDistinct() throws {
    let account = try AccountSID("AC" + String(repeating: "a", count: 32))
    let first = try SealingContext(providerID: ProviderID("a\(account)"), accountSID: account, slot: .current)
    let second = try SealingContext(providerID: ProviderID("a"), accountSID: account, slot: .current)
    let sealed = try cipher.seal(token, for: second)
    #expect(code { try cipher.open(sealed, for: first) } == .sealedTokenAltered)
    #expect(
      hexadecimal(second.encoded) == "0000000161" + "00000022" + hexadecimal("\(account)".utf8) + "00000007"
        + hexadecimal("current".utf8))
  }

  @Test("Sealing twice never gives the same bytes")
  func noncesDiffer() throws {
    let envelopes = try (0..<1000).map { _ in try cipher.seal(token, for: context).bytes }
    #expect(Set(envelopes).count == 1000)
    #expect(Set(envelopes.map { Array($0[17..<41]) }).count == 1000)
  }

  @Test("Many tasks share a cipher")
  func concurrency() async throws {
    let (cipher, token, context) = (cipher, token, context)
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<200 {
            let sealed = try cipher.seal(token, for: context)
            #expect(try cipher.open(sealed, for: context) == token)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("It serves as the port that it adopts")
  func asPort() async throws {
    let port: any TokenCipher = cipher
    let sealed = try await port.seal(token, for: context)
    #expect(try await port.open(sealed, for: context) == token)
  }
}

@Suite("Keys are named, never guessed, and can be exchanged")
struct KeyRollingTests {
  let token: AuthToken
  let context: SealingContext

  init() throws {
    token = try AuthToken(parsing: "0123456789abcdef0123456789abcdef")
    context = try SealingContext(
      providerID: ProviderID("support"), accountSID: AccountSID("AC" + String(repeating: "a", count: 32)),
      slot: .current)
  }

  @Test("A key is rolled in two phases without a token that some process cannot open")
  func twoPhases() throws {
    let before = try OpenSSLTokenCipher(keyring: keyring(1))
    let canOpenBoth = try OpenSSLTokenCipher(keyring: keyring(1, 2))
    let sealsWithNew = try OpenSSLTokenCipher(keyring: keyring(2, 1))
    let after = try OpenSSLTokenCipher(keyring: keyring(2))

    let old = try before.seal(token, for: context)
    let phaseOne = try canOpenBoth.seal(token, for: context)
    let phaseTwo = try sealsWithNew.seal(token, for: context)

    // Both phases are rolled out process by process, so neighbours have to read each other.
    for (cipher, readable) in [
      (before, [old, phaseOne]), (canOpenBoth, [old, phaseOne, phaseTwo]),
      (sealsWithNew, [old, phaseOne, phaseTwo]), (after, [phaseTwo]),
    ] {
      for sealed in readable { #expect(try cipher.open(sealed, for: context) == token) }
    }
    #expect(code { try after.open(old, for: context) } == .sealedTokenKeyUnknown)
    #expect(try sealsWithNew.keyID(of: phaseTwo) == sealsWithNew.sealingKeyID)
    #expect(try sealsWithNew.keyID(of: old) == before.sealingKeyID)
    #expect(try sealsWithNew.keyID(of: old) != sealsWithNew.sealingKeyID)
  }

  @Test("The first key seals, and the others open in any order")
  func order() throws {
    let one = try OpenSSLTokenCipher(keyring: keyring(1))
    let many = try OpenSSLTokenCipher(keyring: keyring(3, 2, 1))
    let manyOtherwise = try OpenSSLTokenCipher(keyring: keyring(3, 1, 2))
    #expect(many.sealingKeyID == manyOtherwise.sealingKeyID)
    #expect(many.openingKeyIDs == Array(manyOtherwise.openingKeyIDs.reversed()))
    #expect(many.openingKeyIDs.last == one.sealingKeyID)
    let sealed = try one.seal(token, for: context)
    #expect(try many.open(sealed, for: context) == token)
    #expect(try manyOtherwise.open(sealed, for: context) == token)
  }

  @Test("An unknown key is named by its id")
  func unknownKey() throws {
    let one = try OpenSSLTokenCipher(keyring: keyring(1))
    let two = try OpenSSLTokenCipher(keyring: keyring(2))
    let sealed = try one.seal(token, for: context)
    let error = #expect(throws: TokenRotationError.self) { try two.open(sealed, for: context) }
    #expect(error?.code == .sealedTokenKeyUnknown)
    #expect(error?.message.contains(hexadecimal(sealed.bytes[1...16])) == true)
    #expect(one.sealingKeyID.description == hexadecimal(sealed.bytes[1...16]))
  }

  @Test("A key id holds no byte run of its key, and no cipher prints one")
  func idsTellNothing() throws {
    let key = [UInt8](0..<32)
    let cipher = try OpenSSLTokenCipher(keyring: Keyring(sealingKey: Keyring.Key(bytes: key)))
    let sealed = try cipher.seal(token, for: context)
    for start in 0..<28 { #expect(!sealed.bytes.contains(Array(key[start..<(start + 4)]))) }
    var dumped = ""
    dump(cipher, to: &dumped)
    #expect(String(describing: cipher) == "<cipher with the keys \(cipher.sealingKeyID)>")
    #expect(dumped.contains("<cipher with the keys \(cipher.sealingKeyID)>"))
  }
}

/// A keyring of made-up keys; the first one seals.
private func keyring(_ first: UInt8, _ others: UInt8...) throws -> Keyring {
  func key(_ byte: UInt8) throws -> Keyring.Key { try Keyring.Key(bytes: [UInt8](repeating: byte, count: 32)) }
  return try Keyring(sealingKey: key(first), openingKeys: others.map(key))
}

private func code(_ body: () throws -> AuthToken) -> TokenRotationError.Code? {
  do {
    _ = try body()
    return nil
  } catch {
    return (error as? TokenRotationError)?.code
  }
}

private func bytes(hexadecimal text: String) -> [UInt8] {
  var digits = text[...]
  var bytes: [UInt8] = []
  while !digits.isEmpty {
    bytes.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
    digits = digits.dropFirst(2)
  }
  return bytes
}

/// A generator that gives the same numbers every time, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
