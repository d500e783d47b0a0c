import CTokenRotationOpenSSL
import TokenRotationCore

extension LibCrypto {
  /// SHA-1 under way: a plain value, so that what many messages begin with is hashed once and copied.
  typealias SHA1State = SHA_CTX

  /// A state that is still to begin.
  static var emptySHA1State: SHA1State { SHA1State() }

  /// How many bytes a state has.
  static var sha1StateByteCount: Int { MemoryLayout<SHA1State>.stride }
  /// How many bytes SHA-1 takes at a time.
  static let sha1BlockByteCount = 64
  /// How many bytes SHA-1 gives.
  static let sha1ByteCount = 20
  /// How many bytes SHA-256 gives.
  static let sha256ByteCount = 32

  /// Begins a hash.
  static func begin(_ state: UnsafeMutablePointer<SHA1State>) throws {
    guard unsafe tokenRotationSHA1Init(state) == 1 else { throw failure("SHA1_Init") }
  }

  /// Hashes more bytes.
  static func update(_ state: UnsafeMutablePointer<SHA1State>, _ bytes: UnsafeRawBufferPointer) throws {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    guard unsafe tokenRotationSHA1Update(state, start, bytes.count) == 1 else { throw failure("SHA1_Update") }
  }

  /// Ends a hash and writes its 20 bytes.
  static func finish(_ state: UnsafeMutablePointer<SHA1State>, into digest: UnsafeMutableRawBufferPointer) throws {
    precondition(digest.count == sha1ByteCount)
    let start = unsafe digest.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard unsafe tokenRotationSHA1Final(start, state) == 1 else { throw failure("SHA1_Final") }
  }

  /// Writes the 32 bytes of SHA-256 over `bytes`.
  static func sha256(_ bytes: UnsafeRawBufferPointer, into digest: UnsafeMutableRawBufferPointer) throws {
    precondition(digest.count == sha256ByteCount)
    let start = unsafe digest.baseAddress?.assumingMemoryBound(to: UInt8.self)
    // The null pointer that empty bytes may have is not for OpenSSL.
    let answer = unsafe withUnsafeBytes(of: UInt8(0)) { none in
      unsafe EVP_Q_digest(nil, "SHA256", nil, bytes.baseAddress ?? none.baseAddress, bytes.count, start, nil)
    }
    guard answer == 1 else { throw failure("EVP_Q_digest") }
  }
}
