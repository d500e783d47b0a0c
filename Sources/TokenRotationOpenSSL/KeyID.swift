import TokenRotationCore

/// Names a configured key in what is stored: 16 bytes derived from the key, which tell nothing of it.
struct KeyID: Hashable, Sendable {
  /// How many bytes an id has.
  static let byteCount = 16

  // Two words instead of an array, so that comparing ids, which every opening does, allocates nothing.
  private let high: UInt64
  private let low: UInt64

  /// Reads an id's 16 bytes.
  init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == Self.byteCount)
    high = unsafe UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
    low = unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  /// Writes the id's 16 bytes.
  func copy(to bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count == Self.byteCount)
    unsafe bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
    unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
  }
}

extension KeyID {
  /// The id as everyone else sees it.
  var name: SealingKeyID { SealingKeyID(rawValue: description) }
}

extension KeyID: CustomStringConvertible {
  /// The id in hexadecimal, 32 characters.
  var description: String {
    [high, low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
