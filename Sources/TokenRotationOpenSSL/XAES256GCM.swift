package import TokenRotationCore
import Synchronization

/// XAES-256-GCM (<https://c2sp.org/XAES-256-GCM>): authenticated encryption whose nonces may be drawn at random.
///
/// A nonce has 24 bytes, so that two equal ones never come up by chance, however many messages there are. The first
/// twelve and the key give a key of its own for each message (CMAC as in NIST SP 800-108), the other twelve are the
/// nonce of AES-256-GCM under it.
package final class XAES256GCM: Sendable {
  /// How many bytes a key has.
  package static let keyByteCount = 32
  /// How many bytes a nonce has.
  package static let nonceByteCount = 24
  /// By how many bytes a sealed message is longer than the message.
  package static let tagByteCount = LibCrypto.CipherContext.tagByteCount

  /// CMAC's first subkey.
  ///
  /// The input is always one block, so the second one is never needed.
  private let subkey: SecretBytes

  /// OpenSSL's contexts, each of which serves one message at a time.
  ///
  /// Waiting for one, about a microsecond, is shorter than making another.
  private let contexts: Mutex<Contexts>

  private struct Contexts: ~Copyable {
    var block: LibCrypto.CipherContext
    var message: LibCrypto.CipherContext
  }

  /// Prepares a key of 32 bytes, which is not needed any more afterwards.
  package init(key: SecretBytes) throws {
    var block = try LibCrypto.CipherContext("AES-256-ECB")
    try unsafe key.withUnsafeBytes { key in try unsafe block.setBlockKey(key) }
    subkey = try unsafe SecretBytes(count: 16) { subkey in
      // The subkey is twice the encryption of a block of zeros.
      unsafe SecretBytes.erase(subkey)
      try unsafe block.encryptBlocks(UnsafeRawBufferPointer(subkey), into: subkey)
      unsafe Self.double(subkey)
    }
    contexts = Mutex(Contexts(block: block, message: try LibCrypto.CipherContext("AES-256-GCM")))
  }

  /// Encrypts `plaintext` and appends the tag.
  ///
  /// - Parameter output: As long as `plaintext` and the tag together.
  package func seal(
    _ plaintext: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws {
    try unsafe withMessageKey(nonce) { context, key, nonce in
      try unsafe context.sealMessage(plaintext, key: key, nonce: nonce, associatedData: associatedData, into: output)
    }
  }

  /// Decrypts what ``seal(_:nonce:associatedData:into:)`` gave, and says whether it is authentic.
  ///
  /// - Parameter output: As long as `sealed` without its tag. Erased if the message is not authentic.
  package func open(
    _ sealed: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws -> Bool {
    try unsafe withMessageKey(nonce) { context, key, nonce in
      try unsafe context.openMessage(sealed, key: key, nonce: nonce, associatedData: associatedData, into: output)
    }
  }

  /// Derives the key of one message and lends it, with the rest of the nonce, for the time of `body`.
  private func withMessageKey<Result: Sendable>(
    _ nonce: UnsafeRawBufferPointer,
    _ body: (
      inout LibCrypto.CipherContext, _ key: UnsafeRawBufferPointer, _ nonce: UnsafeRawBufferPointer
    ) throws -> Result
  ) throws -> Result {
    precondition(nonce.count == Self.nonceByteCount)
    return try unsafe withUnsafeTemporaryAllocation(byteCount: Self.keyByteCount, alignment: 8) { key in
      defer { unsafe SecretBytes.erase(key) }
      unsafe fillWithKeyInput(key, nonce)
      return try contexts.withLock { contexts in
        try unsafe contexts.block.encryptBlocks(UnsafeRawBufferPointer(key), into: key)
        return try unsafe body(
          &contexts.message, UnsafeRawBufferPointer(key), UnsafeRawBufferPointer(rebasing: nonce[12...]))
      }
    }
  }

  /// Writes the two blocks whose encryption is the message's key: counter, the letter X, a zero and half of the nonce,
  /// mixed with the subkey.
  private func fillWithKeyInput(_ blocks: UnsafeMutableRawBufferPointer, _ nonce: UnsafeRawBufferPointer) {
    unsafe subkey.withUnsafeBytes { subkey in
      for half in 0...1 {
        let block = unsafe UnsafeMutableRawBufferPointer(rebasing: blocks[(half * 16)..<(half * 16 + 16)])
        unsafe block.copyMemory(from: subkey)
        unsafe block[1] ^= UInt8(half + 1)
        unsafe block[2] ^= UInt8(ascii: "X")
        for index in 0..<12 { unsafe block[4 + index] ^= nonce[index] }
      }
    }
  }

  /// Doubles a block as a polynomial over GF(2), in a time that does not depend on it.
  private static func double(_ block: UnsafeMutableRawBufferPointer) {
    let carry = unsafe block[0] >> 7
    for index in 0..<15 { unsafe block[index] = block[index] << 1 | block[index + 1] >> 7 }
    unsafe block[15] = block[15] << 1 ^ (0x87 & (0 &- carry))
  }
}
