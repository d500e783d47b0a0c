#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Bytes that nobody prints and that are erased when the last owner lets go of them.
///
/// What `AuthToken` and the keys of a `Keyring` are made of. Copies of a value that holds one share the same bytes, so
/// erasing happens once, and nothing is left behind by copying.
// Unchecked, because a pointer is never Sendable: the bytes are written in `init`, before anyone else can hold the
// object, only read afterwards, and erased in `deinit`, when nobody else holds it any more.
package final class SecretBytes: @unchecked Sendable {
  private let buffer: UnsafeMutableRawBufferPointer

  /// The number of bytes, which is no secret.
  package var count: Int { buffer.count }

  /// Copies `bytes`; the caller erases its own copy if it can.
  package init(copying bytes: UnsafeRawBufferPointer) {
    buffer = .allocate(byteCount: bytes.count, alignment: 1)
    buffer.copyMemory(from: bytes)
  }

  /// Copies `bytes`; the caller erases its own copy if it can.
  package convenience init(_ bytes: some Sequence<UInt8>) {
    var copy = Array(bytes)
    defer { copy.withUnsafeMutableBytes(Self.erase) }
    self.init(count: copy.count) { $0.copyBytes(from: copy) }
  }

  /// Lets `fill` write all `count` bytes where they will stay, so that there is no copy to erase.
  package init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    buffer = .allocate(byteCount: count, alignment: 1)
    try fill(buffer)
  }

  deinit {
    Self.erase(buffer)
    buffer.deallocate()
  }

  /// Lends the bytes for the time of `body`; the pointer must not leave it.
  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(buffer))
  }

  /// Whether both hold the same bytes, found in a time that depends on their number only.
  package func equalsInConstantTime(_ other: SecretBytes) -> Bool {
    equalsInConstantTime(UnsafeRawBufferPointer(other.buffer))
  }

  /// Whether `other` holds the same bytes, found in a time that depends on their number only.
  package func equalsInConstantTime(_ other: UnsafeRawBufferPointer) -> Bool {
    guard buffer.count == other.count else { return false }
    var difference: UInt8 = 0
    for index in 0..<buffer.count {
      difference |= buffer[index] ^ other[index]
    }
    return difference == 0
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
