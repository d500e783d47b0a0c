import Testing
import TokenRotationOpenSSL

@Suite("HMAC-SHA1")
struct HMACSHA1Tests {
  /// RFC 2202, section 3.
  struct Vector: Sendable {
    let key: [UInt8]
    let message: [UInt8]
    let code: String

    static let all = [
      Vector(
        key: repeated(0x0b, 20), message: Array("Hi There".utf8), code: "b617318655057264e28bc0b6fb378c8ef146be00"),
      Vector(
        key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
        code: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
      Vector(key: repeated(0xaa, 20), message: repeated(0xdd, 50), code: "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
      Vector(key: Array(1...25), message: repeated(0xcd, 50), code: "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
      Vector(
        key: repeated(0x0c, 20), message: Array("Test With Truncation".utf8),
        code: "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"),
      Vector(
        key: repeated(0xaa, 80), message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        code: "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
      Vector(
        key: repeated(0xaa, 80),
        message: Array("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".utf8),
        code: "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"),
    ]

    private static func repeated(_ byte: UInt8, _ count: Int) -> [UInt8] { Array(repeating: byte, count: count) }
  }

  private func code(_ key: [UInt8], _ parts: [[UInt8]]) throws -> [UInt8] {
    try codes(key, [parts])[0].bytes
  }

  private func codes(_ key: [UInt8], _ messages: [[[UInt8]]]) throws -> [HMACSHA1.Code] {
    try key.withUnsafeBytes { key in
      try HMACSHA1.withKey(HMACSHA1.Key(key)) { mac in
        var codes: [HMACSHA1.Code] = []
        for parts in messages {
          for part in parts { try part.withUnsafeBytes { try mac.update($0) } }
          codes.append(try mac.finish())
        }
        return codes
      }
    }
  }

  @Test(arguments: Vector.all)
  func givesThePublishedCode(_ vector: Vector) throws {
    let expected = hexadecimal(vector.code)
    #expect(try code(vector.key, [vector.message]) == expected)
    let middle = vector.message.count / 2
    #expect(try code(vector.key, [Array(vector.message[..<middle]), [], Array(vector.message[middle...])]) == expected)
  }

  @Test func oneKeyServesManyMessages() throws {
    let key = Array("a key".utf8)
    let messages: [[UInt8]] = [[], [1], Array(repeating: 2, count: 64), Array(repeating: 3, count: 1000), []]
    #expect(try codes(key, messages.map { [$0] }).map(\.bytes) == messages.map { try code(key, [$0]) })
  }

  /// Each of the 160 bits counts.
  @Test func codesDifferInEachBit() throws {
    let bytes = try code([1], [[2]])
    let code = bytes.withUnsafeBytes { HMACSHA1.Code($0) }
    #expect(code.equalsInConstantTime(code))
    for bit in 0..<160 {
      var other = bytes
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!code.equalsInConstantTime(other.withUnsafeBytes { HMACSHA1.Code($0) }))
    }
  }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func sha256IsPublishedToo(_ text: String, _ digest: String) throws {
    #expect(String(decoding: try SHA256Text.of(Array(text.utf8)), as: UTF8.self) == digest)
  }

  private func hexadecimal(_ text: String) -> [UInt8] {
    stride(from: 0, to: text.count, by: 2).compactMap { offset in
      UInt8(text.dropFirst(offset).prefix(2), radix: 16)
    }
  }
}
