#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Keyring {
  /// The environment variable that ``environment(_:)`` reads unless told otherwise.
  public static let environmentVariable = "TOKEN_ROTATION_KEYS"

  /// Reads the keys from an environment variable: base64 of 32 bytes each, comma-separated; the first one seals.
  ///
  /// - Parameter variable: The variable's name.
  /// - Throws: ``TokenRotationError`` with the code `keyringMissing` if the variable is unset or empty, `keyMalformed`
  ///   or `keyDuplicate`.
  public static func environment(_ variable: String = environmentVariable) throws -> Keyring {
    try environment(variable, in: ProcessInfo.processInfo.environment)
  }

  package static func environment(_ variable: String, in environment: [String: String]) throws -> Keyring {
    let keys = (environment[variable] ?? "")
      .split(separator: ",")
      .map { $0.trimmed }
      .filter { !$0.isEmpty }
    return try Keyring(base64Keys: keys, source: "The environment variable \(variable)")
  }

  /// Who may be able to read a key file.
  public enum FileAccess: Sendable {
    /// Nobody but its owner: what a file on a machine that others use must look like.
    case ownerOnly
    /// Anyone: what a secret mounted into a container often looks like (mode 0444), where the container is the wall.
    case anyone
  }

  /// Reads the keys from a file: base64 of 32 bytes on each line; the first one seals.
  ///
  /// Empty lines and lines that begin with `#` do not count. The mode is read from the opened file, not from its path, so that it cannot be exchanged in between.
  ///
  /// - Parameters:
  ///   - path: The file's path. A symbolic link is followed: mounted secrets are links.
  ///   - access: Whether a file that its group or everyone can read is accepted.
  /// - Throws: ``TokenRotationError`` with the code `keyFileUnreadable`, `keyFileReadableByOthers`, `keyringMissing` if
  ///   it holds no key, `keyMalformed` or `keyDuplicate`.
  public static func file(_ path: String, readableBy access: FileAccess = .ownerOnly) throws -> Keyring {
    var contents = try readKeyFile(path, access)
    defer { contents.withUnsafeMutableBytes(SecretBytes.erase) }
    let keys = String(decoding: contents, as: UTF8.self)
      .split(whereSeparator: \.isNewline)
      .map { $0.trimmed }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    return try Keyring(base64Keys: keys, source: "The key file \(path)")
  }

  private static let largestKeyFile = 65_536

  private static func readKeyFile(_ path: String, _ access: FileAccess) throws -> [UInt8] {
    // Not blocking, so that a pipe under the path is refused below instead of hanging the start of the host.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw TokenRotationError(
        .keyFileUnreadable, "The key file \(path) could not be opened: \(String(cString: strerror(errno))).")
    }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw TokenRotationError(.keyFileUnreadable, "The key file \(path) is not a regular file.")
    }
    if access == .ownerOnly, status.st_mode & 0o077 != 0 {
      throw TokenRotationError(
        .keyFileReadableByOthers,
        "The key file \(path) is open to its group or to everyone. Run `chmod 600` on it, "
          + "or allow it with `readableBy: .anyone` where it is a container's secret.")
    }

    var contents = [UInt8](repeating: 0, count: largestKeyFile + 1)
    var count = 0
    while count < contents.count {
      let read = contents.withUnsafeMutableBytes { buffer in
        Self.read(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      }
      guard read >= 0 else {
        contents.withUnsafeMutableBytes(SecretBytes.erase)
        throw TokenRotationError(
          .keyFileUnreadable, "The key file \(path) could not be read: \(String(cString: strerror(errno))).")
      }
      if read == 0 { break }
      count += read
    }
    guard count <= largestKeyFile else {
      contents.withUnsafeMutableBytes(SecretBytes.erase)
      throw TokenRotationError(
        .keyFileUnreadable, "The key file \(path) is larger than \(largestKeyFile) bytes; it cannot be a list of keys.")
    }
    contents.removeLast(contents.count - count)
    return contents
  }

  private static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      #if canImport(Glibc)
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #elseif canImport(Musl)
      let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
      #else
      let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      if count >= 0 || errno != EINTR { return count }
    }
  }
}

extension StringProtocol {
  /// The text without blanks and line breaks at both ends.
  fileprivate var trimmed: SubSequence {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return self[endIndex...]
    }
    return self[first...last]
  }
}
