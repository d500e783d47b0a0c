#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An Auth Token as a `TokenCipher` sealed it: the only form in which a store ever sees one.
///
/// Its bytes mean something to the cipher that made them and are opaque to everyone else, so that a key management
/// service can take the place of the default cipher. `Codable` as base64.
public struct SealedToken: Hashable, Sendable {
  /// The envelope, in the form of the cipher that made it.
  public var bytes: [UInt8]

  /// Wraps an envelope that a cipher made or a store kept.
  public init(bytes: [UInt8]) {
    self.bytes = bytes
  }
}

extension SealedToken: Codable {
  /// Reads the envelope from a base64 string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let data = Data(base64Encoded: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "A sealed token is not base64.")
    }
    bytes = Array(data)
  }

  /// Writes the envelope as a base64 string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Data(bytes).base64EncodedString())
  }
}

extension SealedToken: CustomStringConvertible, CustomReflectable {
  /// The envelope's size; its content helps nobody in a log.
  public var description: String { "<sealed, \(bytes.count) bytes>" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
