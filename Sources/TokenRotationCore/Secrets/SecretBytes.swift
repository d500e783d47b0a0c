#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Bytes that nobody prints and that are erased when the last owner lets go of them.
///
/// What `AuthToken` and the keys of a `Keyring` are made of. Copies of a value share the same bytes, so erasing happens
/// once, and nothing is left behind by copying.
// Unchecked, because memory that can be written to is never Sendable: the bytes are written in `init`, before anyone
// else can hold them, only read afterwards, and erased when nobody else holds them any more.
@usableFromInline
package struct SecretBytes: @unchecked Sendable {
  /// The number of bytes and, in the same piece of memory, the bytes: a token that is opened costs one allocation.
  @usableFromInline let storage: ManagedBuffer<Int, UInt8>

  private final class ErasedStorage: ManagedBuffer<Int, UInt8> {
    deinit {
      withUnsafeMutablePointers { count, bytes in
        SecretBytes.erase(UnsafeMutableRawBufferPointer(start: bytes, count: count.pointee))
      }
    }
  }

  /// The number of bytes, which is no secret.
  @inlinable package var count: Int { storage.withUnsafeMutablePointerToHeader(\.pointee) }

  /// Copies `bytes`; the caller erases its own copy if it can.
  package init(copying bytes: UnsafeRawBufferPointer) {
    self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
  }

  /// Copies `bytes`; the caller erases its own copy if it can.
  package init(_ bytes: some Sequence<UInt8>) {
    var copy = Array(bytes)
    defer { copy.withUnsafeMutableBytes(Self.erase) }
    self.init(count: copy.count) { $0.copyBytes(from: copy) }
  }

  /// Lets `fill` write all `count` bytes where they will stay, so that there is no copy to erase.
  package init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    storage = ErasedStorage.create(minimumCapacity: count) { _ in count }
    try storage.withUnsafeMutablePointerToElements {
      try fill(UnsafeMutableRawBufferPointer(start: $0, count: count))
    }
  }

  /// Lends the bytes for the time of `body`; the pointer must not leave it.
  @inlinable
  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withUnsafeMutablePointers { count, bytes throws(Failure) in
      try body(UnsafeRawBufferPointer(start: bytes, count: count.pointee))
    }
  }

  /// Whether both hold the same bytes, found in a time that depends on their number only.
  package func equalsInConstantTime(_ other: SecretBytes) -> Bool {
    other.withUnsafeBytes(equalsInConstantTime)
  }

  /// Whether `other` holds the same bytes, found in a time that depends on their number only.
  package func equalsInConstantTime(_ other: UnsafeRawBufferPointer) -> Bool {
    withUnsafeBytes { bytes in
      guard bytes.count == other.count else { return false }
      var difference: UInt8 = 0
      for index in 0..<bytes.count {
        difference |= bytes[index] ^ other[index]
      }
      return difference == 0
    }
  }

  /// Overwrites memory with zeros in a way that the optimizer may not leave out.
  package static func erase(_ memory: UnsafeMutableRawBufferPointer) {
    guard let start = memory.baseAddress else { return }
    #if canImport(Darwin)
    memset_s(start, memory.count, 0, memory.count)
    #else
    explicit_bzero(start, memory.count)
    #endif
  }
}
