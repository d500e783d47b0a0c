package import TokenRotationCore

/// HMAC-SHA1 (RFC 2104) under one key, for as long as a closure runs: what Twilio signs webhooks with.
///
/// The hash under way is on the stack: no allocation, no lock, nothing that several threads would share.
@safe package struct HMACSHA1: ~Copyable {
  /// A key, hashed once for any number of messages.
  package struct Key: Sendable {
    /// Two states: what every message's inner hash begins with, and likewise the outer hash.
    package let states: SecretBytes

    /// Hashes a key.
    ///
    /// - Throws: `TokenRotationError` with the code `cipherFailed`.
    package init(_ key: UnsafeRawBufferPointer) throws {
      states = try unsafe SecretBytes(count: 2 * LibCrypto.sha1StateByteCount) {
        try unsafe HMACSHA1.hash(key, into: $0)
      }
    }

    /// Takes the states of a key that was hashed before.
    package init(states: SecretBytes) { self.states = states }
  }

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

  private let inner: UnsafeRawPointer
  private let outer: UnsafeRawPointer
  private let running: UnsafeMutablePointer<LibCrypto.SHA1State>
  private var isRunning = false

  /// Lends `body` what hashes messages under a key.
  ///
  /// - Throws: What `body` throws, and `TokenRotationError` with the code `cipherFailed`.
  package static func withKey<Result>(_ key: Key, _ body: (inout HMACSHA1) throws -> Result) throws -> Result {
    try unsafe key.states.withUnsafeBytes { states in
      try unsafe withUnsafeTemporaryAllocation(of: LibCrypto.SHA1State.self, capacity: 1) { running in
        defer { unsafe SecretBytes.erase(UnsafeMutableRawBufferPointer(running)) }
        unsafe running.initialize(repeating: LibCrypto.emptySHA1State)
        guard let inner = states.baseAddress, let running = running.baseAddress else {
          throw TokenRotationError(.cipherFailed, "There is no memory for a hash.")
        }
        var mac = unsafe HMACSHA1(inner: inner, outer: inner + LibCrypto.sha1StateByteCount, running: running)
        return try body(&mac)
      }
    }
  }

  /// Whether a message has this code in any of its spellings, which differ in how they begin and, for `addsSlash`, in a
  /// slash behind the path.
  ///
  /// Which spelling it is tells nothing of the key, so the search ends with it. Here rather than where it is needed, so that
  /// none of it is generic to the compiler: that took as long as hashing.
  ///
  /// - Parameters:
  ///   - code: The code that is looked for.
  ///   - key: The key.
  ///   - message: The message in its first spelling, without the slash.
  ///   - heads: How the spellings begin, the first one's at the beginning.
  ///   - pathEnd: Where in `message` the slash goes.
  ///   - addsSlash: Whether each spelling is also tried with it.
  /// - Throws: `TokenRotationError` with the code `cipherFailed`.
  package static func hasCode(
    _ code: Code, under key: Key, message: [UInt8], heads: [[UInt8]], pathEnd: Int, addsSlash: Bool
  ) throws -> Bool {
    try withKey(key) { mac in
      try unsafe message.withUnsafeBytes { message in
        try unsafe mac.update(message)
        if try mac.finish().equalsInConstantTime(code) { return true }
        let path = unsafe UnsafeRawBufferPointer(rebasing: message[(heads.first?.count ?? 0)..<pathEnd])
        let rest = unsafe UnsafeRawBufferPointer(rebasing: message[pathEnd...])
        for slashes in 0...(addsSlash ? 1 : 0) {
          // The very first one was just tried, in one piece.
          for head in heads.dropFirst(slashes == 0 ? 1 : 0) {
            try unsafe head.withUnsafeBytes { try unsafe mac.update($0) }
            try unsafe mac.update(path)
            if slashes > 0 { try unsafe withUnsafeBytes(of: UInt8(ascii: "/")) { try unsafe mac.update($0) } }
            try unsafe mac.update(rest)
            if try mac.finish().equalsInConstantTime(code) { return true }
          }
        }
        return false
      }
    }
  }

  private init(
    inner: UnsafeRawPointer, outer: UnsafeRawPointer, running: UnsafeMutablePointer<LibCrypto.SHA1State>
  ) {
    unsafe self.inner = inner
    unsafe self.outer = outer
    unsafe self.running = running
  }

  private static func hash(_ key: UnsafeRawBufferPointer, into states: UnsafeMutableRawBufferPointer) throws {
    let blockCount = LibCrypto.sha1BlockByteCount
    try unsafe withUnsafeTemporaryAllocation(of: LibCrypto.SHA1State.self, capacity: 1) { memory in
      defer { unsafe SecretBytes.erase(UnsafeMutableRawBufferPointer(memory)) }
      unsafe memory.initialize(repeating: LibCrypto.emptySHA1State)
      guard let state = memory.baseAddress else {
        throw TokenRotationError(.cipherFailed, "There is no memory for a hash.")
      }
      try unsafe withUnsafeTemporaryAllocation(byteCount: blockCount, alignment: 8) { block in
        defer { unsafe SecretBytes.erase(block) }
        unsafe SecretBytes.erase(block)
        if key.count > blockCount {
          try unsafe LibCrypto.begin(state)
          try unsafe LibCrypto.update(state, key)
          try unsafe LibCrypto.finish(
            state, into: UnsafeMutableRawBufferPointer(rebasing: block[..<LibCrypto.sha1ByteCount]))
        } else {
          unsafe block.copyMemory(from: key)
        }
        // The second time takes the first pad away in the same step.
        for half in 0...1 {
          unsafe Self.mix(half == 0 ? 0x36 : 0x36 ^ 0x5c, into: block)
          try unsafe LibCrypto.begin(state)
          try unsafe LibCrypto.update(state, UnsafeRawBufferPointer(block))
          let place = unsafe states[(half * LibCrypto.sha1StateByteCount)..<((half + 1) * LibCrypto.sha1StateByteCount)]
          unsafe UnsafeMutableRawBufferPointer(rebasing: place).copyMemory(from: UnsafeRawBufferPointer(memory))
        }
      }
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
      unsafe Self.set(running, to: inner)
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
      unsafe Self.set(running, to: outer)
      try unsafe LibCrypto.update(running, UnsafeRawBufferPointer(digest))
      try unsafe LibCrypto.finish(running, into: digest)
      return unsafe Code(UnsafeRawBufferPointer(digest))
    }
  }
}

extension HMACSHA1 {
  private static func set(_ state: UnsafeMutablePointer<LibCrypto.SHA1State>, to start: UnsafeRawPointer) {
    unsafe UnsafeMutableRawPointer(state).copyMemory(from: start, byteCount: LibCrypto.sha1StateByteCount)
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
