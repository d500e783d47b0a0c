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

  /// The two blocks whose encryption is a message's key, all but the nonce in them: counter, the letter X and a zero,
  /// mixed with CMAC's first subkey.
  ///
  /// The input is always whole blocks, so CMAC's second subkey is never needed.
  private let keyInput: SecretBytes

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
    var contexts = Contexts(
      block: try LibCrypto.CipherContext("AES-256-ECB"), message: try LibCrypto.CipherContext("AES-256-GCM"))
    try unsafe key.withUnsafeBytes { key in try unsafe contexts.block.setBlockKey(key) }
    keyInput = try Self.keyInput(&contexts.block)
    self.contexts = Mutex(contexts)
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
      unsafe keyInput.withUnsafeBytes { unsafe key.copyMemory(from: $0) }
      for offset in stride(from: 0, to: 12, by: 4) {
        let part = unsafe nonce.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        unsafe Self.mix(part, into: key, at: 4 + offset)
        unsafe Self.mix(part, into: key, at: 20 + offset)
      }
      return try contexts.withLock { contexts in
        try unsafe contexts.block.encryptBlocks(UnsafeRawBufferPointer(key), into: key)
        return try unsafe body(
          &contexts.message, UnsafeRawBufferPointer(key), UnsafeRawBufferPointer(rebasing: nonce[12...]))
      }
    }
  }

  /// Word by word, where bytes took as long as the encryption of a block.
  private static func mix(_ part: UInt32, into key: UnsafeMutableRawBufferPointer, at offset: Int) {
    let before = unsafe key.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    unsafe key.storeBytes(of: before ^ part, toByteOffset: offset, as: UInt32.self)
  }

  private static func keyInput(_ context: inout LibCrypto.CipherContext) throws -> SecretBytes {
    try unsafe SecretBytes(count: keyByteCount) { blocks in
      // The subkey is twice the encryption of a block of zeros.
      unsafe SecretBytes.erase(blocks)
      try unsafe context.encryptBlocks(UnsafeRawBufferPointer(blocks), into: blocks)
      for half in 0...1 {
        let block = unsafe UnsafeMutableRawBufferPointer(rebasing: blocks[(half * 16)..<(half * 16 + 16)])
        unsafe double(block)
        unsafe block[1] ^= UInt8(half + 1)
        unsafe block[2] ^= UInt8(ascii: "X")
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
