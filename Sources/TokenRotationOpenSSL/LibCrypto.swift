import CTokenRotationOpenSSL
import TokenRotationCore

/// The calls into OpenSSL, all of them: each one's answer is checked and a refusal is thrown.
///
/// Nothing else in this module imports OpenSSL, so what is called, and with which lengths, can be read here.
enum LibCrypto {
  /// Fills `memory` with random bytes from OpenSSL's generator, which notices a fork.
  static func randomize(_ memory: UnsafeMutableRawBufferPointer) throws {
    guard let start = memory.baseAddress else { return }
    try unsafe check(
      RAND_bytes(start.assumingMemoryBound(to: UInt8.self), length(memory.count)), "RAND_bytes")
  }

  /// Derives `count` bytes from `key` by HKDF-SHA256 (RFC 5869) without a salt.
  ///
  /// - Parameter label: HKDF's `info`: what the bytes are for.
  static func hkdfSHA256(_ key: SecretBytes, label: StaticString, count: Int) throws -> SecretBytes {
    guard let algorithm = unsafe EVP_KDF_fetch(nil, "HKDF", nil) else { throw failure("EVP_KDF_fetch") }
    defer { unsafe EVP_KDF_free(algorithm) }
    guard let context = unsafe EVP_KDF_CTX_new(algorithm) else { throw failure("EVP_KDF_CTX_new") }
    defer { unsafe EVP_KDF_CTX_free(context) }

    return try unsafe SecretBytes(count: count) { output in
      try unsafe key.withUnsafeBytes { key in
        // The parameters keep pointers to what they are made of. OpenSSL's macros for their names are of no use here:
        // Swift would pass a copy of the name that is gone when the call returns; a StaticString stays where it is.
        let digest: StaticString = "SHA256"
        var parameters = unsafe [
          OSSL_PARAM_construct_utf8_string(("digest" as StaticString).cString, digest.cString, 0),
          OSSL_PARAM_construct_octet_string(
            ("key" as StaticString).cString, UnsafeMutableRawPointer(mutating: key.baseAddress), key.count),
          OSSL_PARAM_construct_octet_string(
            ("info" as StaticString).cString, label.cString, label.utf8CodeUnitCount),
          OSSL_PARAM_construct_end(),
        ]
        let start = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        try unsafe check(EVP_KDF_derive(context, start, output.count, &parameters), "EVP_KDF_derive")
      }
    }
  }

  /// Throws unless OpenSSL answered 1, its only word for success in the calls made here.
  fileprivate static func check(_ answer: Int32, _ call: StaticString) throws {
    guard answer == 1 else { throw failure(call) }
  }

  /// OpenSSL counts in `int`: a larger length must not be cut off silently.
  fileprivate static func length(_ count: Int) throws -> Int32 {
    guard let length = Int32(exactly: count) else {
      throw TokenRotationError(.cipherFailed, "\(count) bytes are more than OpenSSL takes in one call.")
    }
    return length
  }

  /// Makes the error for a call that OpenSSL refused, and empties this thread's error queue.
  ///
  /// Only OpenSSL's fixed words for library and reason go in: the free text beside them may hold values.
  static func failure(_ call: StaticString) -> TokenRotationError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    let words = unsafe [ERR_lib_error_string(code), ERR_reason_error_string(code)]
      .compactMap { word in unsafe word.map { unsafe String(cString: $0) } }
    let reason = words.isEmpty ? "without a reason" : words.joined(separator: ": ")
    return TokenRotationError(.cipherFailed, "OpenSSL refused \(call) (\(reason)).")
  }
}

extension LibCrypto {
  /// A cipher with its key and its place in a message: `EVP_CIPHER_CTX`, with one owner.
  ///
  /// Keeps the algorithm that it was made for, so that looking one up, which is slow, happens once for many messages.
  /// OpenSSL erases the keys in it when it is freed.
  // Unchecked, because a pointer is never Sendable: there is one owner, and every call that touches what it points to
  // is `mutating`, so Swift's rule of exclusive access keeps two threads from being in it at once.
  @safe struct CipherContext: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer
    private let keyByteCount: Int

    /// Makes a context for a cipher by OpenSSL's name for it, without a key yet.
    init(_ algorithm: String) throws {
      guard let cipher = unsafe EVP_CIPHER_fetch(nil, algorithm, nil) else { throw failure("EVP_CIPHER_fetch") }
      // The context takes a reference of its own.
      defer { unsafe EVP_CIPHER_free(cipher) }
      guard let context = unsafe EVP_CIPHER_CTX_new() else { throw failure("EVP_CIPHER_CTX_new") }
      guard unsafe EVP_CipherInit_ex2(context, cipher, nil, nil, 1, nil) == 1 else {
        unsafe EVP_CIPHER_CTX_free(context)
        throw failure("EVP_CipherInit_ex2")
      }
      unsafe self.context = context
      keyByteCount = unsafe Int(EVP_CIPHER_get_key_length(cipher))
    }

    deinit {
      unsafe EVP_CIPHER_CTX_free(context)
    }

    // MARK: Whole blocks, for a cipher in ECB mode

    /// Sets the key with which ``encryptBlocks(_:into:)`` encrypts.
    mutating func setBlockKey(_ key: UnsafeRawBufferPointer) throws {
      try requireKeyLength(key.count)
      try unsafe check(EVP_EncryptInit_ex2(context, nil, key.bytes, nil, nil), "EVP_EncryptInit_ex2")
      try unsafe check(EVP_CIPHER_CTX_set_padding(context, 0), "EVP_CIPHER_CTX_set_padding")
    }

    /// Encrypts whole blocks, each for itself; `output` may be where `input` is.
    mutating func encryptBlocks(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws {
      precondition(output.count == input.count && input.count.isMultiple(of: 16))
      try unsafe update(output.bytes, input, "EVP_EncryptUpdate", EVP_EncryptUpdate)
    }

    // MARK: Whole messages, for a cipher in GCM mode

    /// Encrypts a message and appends the tag: `output` has room for both.
    mutating func sealMessage(
      _ plaintext: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
      associatedData: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws {
      precondition(output.count == plaintext.count + Self.tagByteCount && nonce.count == Self.nonceByteCount)
      try requireKeyLength(key.count)
      try unsafe check(EVP_EncryptInit_ex2(context, nil, key.bytes, nonce.bytes, nil), "EVP_EncryptInit_ex2")
      try unsafe update(nil, associatedData, "EVP_EncryptUpdate", EVP_EncryptUpdate)
      try unsafe update(output.bytes, plaintext, "EVP_EncryptUpdate", EVP_EncryptUpdate)
      // The call wants somewhere to write to, although this mode has nothing left to write.
      var rest: UInt8 = 0
      var count: Int32 = 0
      try unsafe check(EVP_EncryptFinal_ex(context, &rest, &count), "EVP_EncryptFinal_ex")
      try unsafe check(
        EVP_CIPHER_CTX_ctrl(
          context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount),
          output.baseAddress.map { unsafe $0 + plaintext.count }),
        "EVP_CTRL_AEAD_GET_TAG")
    }

    /// Decrypts a message that ends in its tag, and says whether it is authentic; if it is not, `output` is erased.
    mutating func openMessage(
      _ sealed: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
      associatedData: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws -> Bool {
      precondition(sealed.count == output.count + Self.tagByteCount && nonce.count == Self.nonceByteCount)
      try requireKeyLength(key.count)
      let ciphertext = unsafe UnsafeRawBufferPointer(rebasing: sealed[..<output.count])
      let tag = unsafe UnsafeMutableRawPointer(mutating: sealed.baseAddress.map { unsafe $0 + output.count })
      try unsafe check(EVP_DecryptInit_ex2(context, nil, key.bytes, nonce.bytes, nil), "EVP_DecryptInit_ex2")
      try unsafe check(
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagByteCount), tag), "EVP_CTRL_AEAD_SET_TAG")
      try unsafe update(nil, associatedData, "EVP_DecryptUpdate", EVP_DecryptUpdate)
      try unsafe update(output.bytes, ciphertext, "EVP_DecryptUpdate", EVP_DecryptUpdate)
      var rest: UInt8 = 0
      var count: Int32 = 0
      guard unsafe EVP_DecryptFinal_ex(context, &rest, &count) == 1 else {
        ERR_clear_error()
        unsafe SecretBytes.erase(output)
        return false
      }
      return true
    }

    /// How many bytes GCM's tag has.
    static let tagByteCount = 16
    /// How many bytes GCM's nonce has, of all that OpenSSL takes the only good one.
    static let nonceByteCount = 12

    private typealias Update = (
      OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int32>?, UnsafePointer<UInt8>?, Int32
    ) -> Int32

    /// Feeds `input`; without an output it is associated data.
    private mutating func update(
      _ output: UnsafeMutablePointer<UInt8>?, _ input: UnsafeRawBufferPointer, _ name: StaticString, _ call: Update
    ) throws {
      var count: Int32 = 0
      let length = try length(input.count)
      try unsafe check(call(context, output, &count, input.bytes, length), name)
      guard count == length else { throw failure(name) }
    }

    /// OpenSSL reads as many bytes as its cipher wants, without being told how many there are.
    private func requireKeyLength(_ count: Int) throws {
      guard count == keyByteCount else {
        throw TokenRotationError(.cipherFailed, "A key of \(count) bytes does not fit the cipher.")
      }
    }
  }
}

extension StaticString {
  /// The text as C takes it, mutable by its type only: OpenSSL promises in words not to write to it.
  fileprivate var cString: UnsafeMutablePointer<CChar> {
    unsafe UnsafeMutableRawPointer(mutating: utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var bytes: UnsafePointer<UInt8>? { unsafe baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
  fileprivate var bytes: UnsafeMutablePointer<UInt8>? { unsafe baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
