import TokenRotationCore

/// HMAC-SHA1 (RFC 2104) under one key, for as long as a closure runs: what Twilio signs webhooks with.
///
/// The key is hashed once for any number of messages, and everything is on the stack: no allocation, no lock, nothing
/// that several threads would share, and what was derived from the key is erased at the end.
@safe package struct HMACSHA1: ~Copyable {
  /// What HMAC-SHA1 gives.
  package struct Code: Sendable {
    /// How many bytes a code has.
    package static let byteCount = LibCrypto.sha1ByteCount

    private let words: (UInt64, UInt64, UInt32)

    /// Reads a code's 20 bytes.
    package init(_ bytes: UnsafeRawBufferPointer) {
      precondition(bytes.count == Self.byteCount)
      words = unsafe (
        bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
      )
    }

    /// Whether both are the same, found in a time that does not depend on them.
    package func equalsInConstantTime(_ other: Code) -> Bool {
      (words.0 ^ other.words.0) | (words.1 ^ other.words.1) | UInt64(words.2 ^ other.words.2) == 0
    }

    /// The code's 20 bytes.
    package var bytes: [UInt8] {
      unsafe withUnsafeBytes(of: words.0) { unsafe Array($0) } + withUnsafeBytes(of: words.1) { unsafe Array($0) }
        + withUnsafeBytes(of: words.2) { unsafe Array($0) }
    }
  }

  /// Three states: what every message's inner hash begins with, likewise the outer hash, and the one that is under way.
  private let inner: UnsafeMutablePointer<LibCrypto.SHA1State>
  private let outer: UnsafeMutablePointer<LibCrypto.SHA1State>
  private let running: UnsafeMutablePointer<LibCrypto.SHA1State>
  private var isRunning = false

  /// Prepares a key and lends it to `body`.
  ///
  /// - Throws: What `body` throws, and `TokenRotationError` with the code `cipherFailed`.
  package static func withKey<Result>(
    _ key: UnsafeRawBufferPointer, _ body: (inout HMACSHA1) throws -> Result
  ) throws -> Result {
    try unsafe withUnsafeTemporaryAllocation(of: LibCrypto.SHA1State.self, capacity: 3) { states in
      defer { unsafe SecretBytes.erase(UnsafeMutableRawBufferPointer(states)) }
      unsafe states.initialize(repeating: LibCrypto.emptySHA1State)
      guard let start = states.baseAddress else {
        throw TokenRotationError(.cipherFailed, "There is no memory for a hash.")
      }
      var mac = unsafe HMACSHA1(inner: start, outer: start + 1, running: start + 2)
      try unsafe mac.setKey(key)
      return try body(&mac)
    }
  }

  /// Whether a message has this code in any of its spellings, which differ in how they begin and, for `addsSlash`, in a
  /// slash behind the first `pathCount` bytes.
  ///
  /// All spellings are tried, whatever the first ones give: how long it takes tells nothing. Here rather than where it is
  /// needed, so that none of it is generic to the compiler: that took as long as hashing.
  ///
  /// - Throws: `TokenRotationError` with the code `cipherFailed`.
  package static func hasCode(
    _ code: Code, under key: UnsafeRawBufferPointer, heads: [[UInt8]], rest: [UInt8], pathCount: Int, addsSlash: Bool
  ) throws -> Bool {
    try unsafe withKey(key) { mac in
      var isFound = false
      try unsafe rest.withUnsafeBytes { rest in
        for index in heads.indices {
          for slashes in 0...(addsSlash ? 1 : 0) {
            try unsafe heads[index].withUnsafeBytes { try unsafe mac.update($0) }
            try unsafe mac.update(UnsafeRawBufferPointer(rebasing: rest[..<pathCount]))
            if slashes > 0 { try unsafe withUnsafeBytes(of: UInt8(ascii: "/")) { try unsafe mac.update($0) } }
            try unsafe mac.update(UnsafeRawBufferPointer(rebasing: rest[pathCount...]))
            let matches = try mac.finish().equalsInConstantTime(code)
            isFound = isFound || matches
          }
        }
      }
      return isFound
    }
  }

  private init(
    inner: UnsafeMutablePointer<LibCrypto.SHA1State>, outer: UnsafeMutablePointer<LibCrypto.SHA1State>,
    running: UnsafeMutablePointer<LibCrypto.SHA1State>
  ) {
    unsafe self.inner = inner
    unsafe self.outer = outer
    unsafe self.running = running
  }

  private mutating func setKey(_ key: UnsafeRawBufferPointer) throws {
    let blockCount = LibCrypto.sha1BlockByteCount
    try unsafe withUnsafeTemporaryAllocation(byteCount: blockCount, alignment: 8) { block in
      defer { unsafe SecretBytes.erase(block) }
      unsafe SecretBytes.erase(block)
      if key.count > blockCount {
        try unsafe LibCrypto.begin(running)
        try unsafe LibCrypto.update(running, key)
        try unsafe LibCrypto.finish(
          running, into: UnsafeMutableRawBufferPointer(rebasing: block[..<LibCrypto.sha1ByteCount]))
      } else {
        unsafe block.copyMemory(from: key)
      }
      unsafe Self.mix(0x36, into: block)
      try unsafe LibCrypto.begin(inner)
      try unsafe LibCrypto.update(inner, UnsafeRawBufferPointer(block))
      // Takes the first pad away in the same step.
      unsafe Self.mix(0x36 ^ 0x5c, into: block)
      try unsafe LibCrypto.begin(outer)
      try unsafe LibCrypto.update(outer, UnsafeRawBufferPointer(block))
    }
  }

  private static func mix(_ pad: UInt8, into block: UnsafeMutableRawBufferPointer) {
    let word = UInt64(repeating: pad)
    for offset in stride(from: 0, to: block.count, by: 8) {
      let before = unsafe block.load(fromByteOffset: offset, as: UInt64.self)
      unsafe block.storeBytes(of: before ^ word, toByteOffset: offset, as: UInt64.self)
    }
  }

  /// Takes the next part of a message.
  package mutating func update(_ part: UnsafeRawBufferPointer) throws {
    if !isRunning {
      unsafe running.pointee = inner.pointee
      isRunning = true
    }
    try unsafe LibCrypto.update(running, part)
  }

  /// Ends the message and gives its code; the next part begins another message.
  package mutating func finish() throws -> Code {
    try unsafe update(UnsafeRawBufferPointer(start: nil, count: 0))
    isRunning = false
    return try unsafe withUnsafeTemporaryAllocation(byteCount: Code.byteCount, alignment: 8) { digest in
      try unsafe LibCrypto.finish(running, into: digest)
      unsafe running.pointee = outer.pointee
      try unsafe LibCrypto.update(running, UnsafeRawBufferPointer(digest))
      try unsafe LibCrypto.finish(running, into: digest)
      return unsafe Code(UnsafeRawBufferPointer(digest))
    }
  }
}

extension UInt64 {
  fileprivate init(repeating byte: UInt8) { self = 0x0101_0101_0101_0101 &* UInt64(byte) }
}

/// SHA-256 as lower-case hexadecimal: what Twilio puts into the query of a webhook whose body it does not sign.
package enum SHA256Text {
  /// How many characters it has.
  package static let characterCount = 2 * LibCrypto.sha256ByteCount

  /// Hashes `bytes`.
  ///
  /// - Throws: `TokenRotationError` with the code `cipherFailed`.
  package static func of(_ bytes: [UInt8]) throws -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: LibCrypto.sha256ByteCount)
    try unsafe bytes.withUnsafeBytes { bytes in
      try unsafe digest.withUnsafeMutableBytes { digest in try unsafe LibCrypto.sha256(bytes, into: digest) }
    }
    let digits = Array("0123456789abcdef".utf8)
    return digest.flatMap { byte in [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
  }
}
