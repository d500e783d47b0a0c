import Testing
import TokenRotationCore

@testable import TokenRotationOpenSSL

@Suite("XAES-256-GCM holds against the vectors of C2SP")
struct XAES256GCMTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    let keyByte: UInt8
    let associatedData: String
    let sealed: String

    var testDescription: String { "key 32 × \(keyByte), associated data “\(associatedData)”" }
  }

  static let vectors = [
    Vector(
      keyByte: 1, associatedData: "", sealed: "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    Vector(
      keyByte: 3, associatedData: "c2sp.org/XAES-256-GCM",
      sealed: "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
  ]

  @Test("A published message seals to the published bytes and opens again", arguments: vectors)
  func published(vector: Vector) throws {
    let message = Message(
      key: [UInt8](repeating: vector.keyByte, count: 32), nonce: Array("ABCDEFGHIJKLMNOPQRSTUVWX".utf8),
      plaintext: Array("XAES-256-GCM".utf8), associatedData: Array(vector.associatedData.utf8))
    let sealed = try message.seal()
    #expect(hexadecimal(sealed) == vector.sealed)
    #expect(try message.open(sealed) == message.plaintext)
  }

  @Test("Ten thousand messages of a pseudorandom stream give the published sum, and open again")
  func accumulated() throws {
    // 568 bytes are the most that one round can take.
    var stream = try ShakeStream(byteCount: 10_000 * 568)
    var sum = try Shake128()
    for round in 0..<10_000 {
      let key = stream.next(32)
      let nonce = stream.next(24)
      let plaintext = stream.next(Int(stream.next(1)[0]))
      let associatedData = stream.next(Int(stream.next(1)[0]))
      let message = Message(key: key, nonce: nonce, plaintext: plaintext, associatedData: associatedData)
      let sealed = try message.seal()
      try #require(try message.open(sealed) == plaintext, "round \(round)")
      try sum.update(sealed)
    }
    let digest = try hexadecimal(sum.finish(count: 32))
    #expect(digest == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939")
  }

  @Test("A message that was altered does not open, and leaves nothing of itself behind")
  func alteredIsErased() throws {
    let message = Message(
      key: Array(repeating: 7, count: 32), nonce: Array(0..<24), plaintext: Array("secret".utf8), associatedData: [])
    var sealed = try message.seal()
    sealed[0] ^= 1
    var output = [UInt8](repeating: 0xFF, count: message.plaintext.count)
    let isAuthentic = try message.open(sealed, into: &output)
    #expect(!isAuthentic)
    #expect(output == [0, 0, 0, 0, 0, 0])
  }

  @Test("What OpenSSL refuses is an error that names the call and OpenSSL's reason")
  func refusal() throws {
    let error = #expect(throws: TokenRotationError.self) { _ = try LibCrypto.CipherContext("NO-SUCH-CIPHER") }
    #expect(error?.code == .cipherFailed)
    #expect(error?.message.contains("EVP_CIPHER_fetch") == true)
    #expect(error?.message.contains("unsupported") == true)
  }

  @Test("A key of another length is refused before OpenSSL reads past its end", arguments: [0, 16, 31, 33])
  func keyLength(count: Int) {
    let error = #expect(throws: TokenRotationError.self) {
      _ = try XAES256GCM(key: SecretBytes([UInt8](repeating: 1, count: count)))
    }
    #expect(error?.code == .cipherFailed)
  }
}

/// A key and all that is sealed with it, as arrays.
private struct Message {
  let key: [UInt8]
  let nonce: [UInt8]
  let plaintext: [UInt8]
  let associatedData: [UInt8]

  func seal() throws -> [UInt8] {
    let algorithm = try XAES256GCM(key: SecretBytes(key))
    var output = [UInt8](repeating: 0, count: plaintext.count + XAES256GCM.tagByteCount)
    try nonce.withUnsafeBytes { nonce in
      try associatedData.withUnsafeBytes { associatedData in
        try plaintext.withUnsafeBytes { plaintext in
          try output.withUnsafeMutableBytes {
            try algorithm.seal(plaintext, nonce: nonce, associatedData: associatedData, into: $0)
          }
        }
      }
    }
    return output
  }

  /// The opened message; nil if it is not authentic.
  func open(_ sealed: [UInt8]) throws -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: sealed.count - XAES256GCM.tagByteCount)
    return try open(sealed, into: &output) ? output : nil
  }

  func open(_ sealed: [UInt8], into output: inout [UInt8]) throws -> Bool {
    let algorithm = try XAES256GCM(key: SecretBytes(key))
    return try nonce.withUnsafeBytes { nonce in
      try associatedData.withUnsafeBytes { associatedData in
        try sealed.withUnsafeBytes { sealed in
          try output.withUnsafeMutableBytes {
            try algorithm.open(sealed, nonce: nonce, associatedData: associatedData, into: $0)
          }
        }
      }
    }
  }
}
