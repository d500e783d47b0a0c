import ExampleSupport
import TokenRotation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file for one token that nobody but its owner can read, and that was not there before.
struct NewTokenFile {
  let path: String

  /// Makes the file, empty.
  ///
  /// - Throws: If it exists already, or cannot be made there.
  func create() throws {
    try withDescriptor(flags: O_CREAT | O_EXCL) { descriptor in
      // Whatever the umask says.
      try check(fchmod(descriptor, 0o600))
    }
  }

  /// Puts a token, and a line break, into the file, and returns when it is on the disk.
  func write(_ token: AuthToken) throws {
    try withDescriptor(flags: O_TRUNC) { descriptor in
      try token.withUnsafeBytes { try writeAll($0, descriptor) }
      try [UInt8(ascii: "\n")].withUnsafeBytes { try writeAll($0, descriptor) }
      try check(fsync(descriptor))
    }
  }

  func remove() { unlink(path) }

  private func withDescriptor(flags: Int32, _ body: (Int32) throws -> Void) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0o600)
    try check(descriptor)
    defer { close(descriptor) }
    try body(descriptor)
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = writeBytes(descriptor, UnsafeRawBufferPointer(rebasing: rest))
      try check(Int32(clamping: written))
      rest = rest.dropFirst(written)
    }
  }

  private func check(_ result: Int32) throws {
    if result < 0 {
      throw Narrator.Surprise("The file \(path) cannot be used: \(String(cString: strerror(errno))).")
    }
  }
}

/// `write(2)`, which a method of that name hides.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
