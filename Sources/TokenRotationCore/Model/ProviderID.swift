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

/// The host's name for one of its providers: any non-empty string of up to 128 characters, a UUID unless the host
/// brings its own.
public struct ProviderID: Hashable, Sendable {
  /// How many characters an id may have.
  public static let maximumLength = 128

  let string: String

  /// Takes an id of the host's.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/providerIDMalformed`` if it is empty or
  ///   longer than 128 Unicode scalars, or holds a NUL, which no database keeps in a text.
  public init(_ string: String) throws {
    guard (1...Self.maximumLength).contains(string.unicodeScalars.count), !string.unicodeScalars.contains("\0") else {
      throw TokenRotationError(
        .providerIDMalformed, "A provider id has 1 to \(Self.maximumLength) characters and no NUL among them.")
    }
    self.string = string
  }

  /// Makes a new id, a random UUID in lower case.
  public init() {
    string = UUID().uuidString.lowercased()
  }

  /// Whether both have the same bytes, as in every database; Swift's `String` takes the two spellings of "é" for equal.
  public static func == (left: ProviderID, right: ProviderID) -> Bool {
    left.string.hasSameBytes(as: right.string)
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    var string = string
    string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension ProviderID: Comparable {
  /// Orders by UTF-8 bytes: the order in which stores page.
  public static func < (left: ProviderID, right: ProviderID) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }
}

extension ProviderID: CustomStringConvertible, Codable {
  /// The id itself.
  public var description: String { string }

  /// Reads the id from a string, with the checks of ``init(_:)``.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the id as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(string)
  }
}

extension String {
  /// Whether both have the same bytes, found without decoding them.
  fileprivate func hasSameBytes(as other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let isSame = utf8.withContiguousStorageIfAvailable { bytes in
      other.utf8.withContiguousStorageIfAvailable { others in
        guard let start = bytes.baseAddress, let otherStart = others.baseAddress else { return bytes.isEmpty }
        return memcmp(start, otherStart, bytes.count) == 0
      }
    }
    return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}
