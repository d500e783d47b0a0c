import Testing
import TokenRotationCore

@Suite("Auth Tokens: taken as they should be, and shown to nobody")
struct AuthTokenTests {
  static let typed = "0123456789abcdef0123456789abcdef"

  static let mistyped: [(String, String)] = [
    ("", "empty"),
    ("0123456789abcdef0123456789abcde", "31 characters"),
    ("\(typed)0", "33 characters"),
    ("0123456789ABCDEF0123456789ABCDEF", "upper-case"),
    (" 123456789abcdef0123456789abcdef", "blank"),
    ("0123456789abcdef0123456789abcde\n", "line break"),
    ("\(typed)\n", "line break"),
    ("\(typed)\r\n", "line break"),
    ("0123456789abcdef0123456789abcdeg", "other than"),
    ("0123456789abcdef0123456789abcde\u{E9}", "other than"),
    ("0123456789abcdef0123456789abcde\0", "other than"),
  ]

  @Test(arguments: mistyped)
  func refused(typed: String, saying hint: String) throws {
    let error = #expect(throws: TokenRotationError.self) { try AuthToken(parsing: typed) }
    #expect(error?.code == .authTokenMalformed)
    #expect(error?.message.contains(hint) == true)
    #expect(typed.count < 8 || error.map { "\($0)" }?.contains(typed.prefix(8)) == false)
  }

  @Test func issuedTokensAreTakenWhateverTheirShape() throws {
    let long = "f00dfacef00dfacef00dfacef00dface0"
    #expect(try AuthToken(issued: long.utf8).withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == long)
    #expect(try AuthToken(issued: [0, 255]).count == 2)
    #expect(throws: TokenRotationError.self) { try AuthToken(issued: []) }
  }

  @Test func equality() throws {
    let token = try AuthToken(parsing: Self.typed)
    #expect(token == token)
    #expect(try token == AuthToken(parsing: Self.typed))
    for index in 0..<32 {
      var bytes = Array(Self.typed.utf8)
      bytes[index] ^= 1
      #expect(try token != AuthToken(issued: bytes))
    }
    #expect(try token != AuthToken(issued: Self.typed.utf8.dropLast()))
    #expect(try token != AuthToken(issued: Array(Self.typed.utf8) + [0]))
  }

  @Test func nothingPrintsIt() throws {
    let token = try AuthToken(parsing: Self.typed)
    let credentials = BasicCredentials(username: "AC", password: token)
    var dumped = ""
    dump(token, to: &dumped)
    dump(credentials, to: &dumped)
    dump([token: token.count] as KeyValuePairs, to: &dumped)
    let shown = [
      "\(token)", String(reflecting: token), String(describing: Optional(token)), "\([token])", "\(credentials)",
      String(reflecting: credentials), dumped, "\(Mirror(reflecting: token).children.count)",
    ]
    for text in shown { #expect(!text.contains(Self.typed)) }
    #expect("\(token)" == "<redacted>")
    #expect(Mirror(reflecting: token).children.isEmpty)
  }

  @Test func erasingOverwritesEveryByte() {
    var bytes: [UInt8] = Array(1...200)
    bytes.withUnsafeMutableBytes { SecretBytes.erase($0) }
    #expect(bytes.allSatisfy { $0 == 0 })
    SecretBytes.erase(UnsafeMutableRawBufferPointer(start: nil, count: 0))
  }

  @Test func contextsDoNotCollide() throws {
    let sid = try AccountSID("AC" + Self.typed)
    let other = try AccountSID("AC" + Self.typed.replacing("0", with: "1"))
    var seen: Set<[UInt8]> = []
    for id in ["a", "ab", "a\u{1}", "current"] {
      for account in [sid, other] {
        for slot in TokenSlot.allCases {
          let context = SealingContext(providerID: try ProviderID(id), accountSID: account, slot: slot)
          #expect(seen.insert(context.encoded).inserted)
        }
      }
    }
    let context = SealingContext(providerID: try ProviderID("id"), accountSID: sid, slot: .current)
    #expect(
      context.encoded
        == [0, 0, 0, 2] + Array("id".utf8) + [0, 0, 0, 34] + Array(sid.description.utf8)
        + [0, 0, 0, 7] + Array("current".utf8))
  }
}
