import HTTPTypes
import TokenRotationCore

/// Which action an address and a method stand for, and on which provider.
struct EndpointRoute {
  let action: EndpointAction
  /// The provider that the path names; nil for an address that names none.
  let provider: ProviderID?

  static let base = "/api/v1/providers"

  private static let table: [(method: HTTPRequest.Method, path: [String], action: EndpointAction)] = [
    (.get, [], .list),
    (.post, ["twilio"], .register),
    (.delete, ["{id}"], .remove),
    (.post, ["{id}", "verify"], .verify),
    (.get, ["twilio", "{id}"], .read),
    (.patch, ["twilio", "{id}", "auth-token"], .updateAuthToken),
    (.post, ["twilio", "{id}", "auth-token", "rotate"], .rotate),
    (.post, ["twilio", "{id}", "auth-token", "promote"], .promoteSecondary),
    (.post, ["twilio", "{id}", "auth-token", "secondary"], .createSecondary),
    (.delete, ["twilio", "{id}", "auth-token", "secondary"], .deleteSecondary),
    (.get, ["twilio", "{id}", "rotation"], .explainRotation),
  ]

  /// Finds the route.
  ///
  /// - Throws: ``EndpointProblem``: no such address, another method, an id that none can be.
  init(_ method: HTTPRequest.Method, _ path: Substring) throws(EndpointProblem) {
    guard path.hasPrefix(Self.base) else { throw .addressUnknown }
    let rest = path.dropFirst(Self.base.count)
    guard rest.isEmpty || rest.hasPrefix("/") else { throw .addressUnknown }
    let segments = rest.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    var matching = Self.table.filter { Self.matches(rest.isEmpty ? [] : segments, $0.path) }
    // An address that is written out goes before one with an id; a provider of such an id is reached by an escape in it.
    let literal = matching.filter { !$0.path.contains("{id}") }
    if !literal.isEmpty { matching = literal }
    guard !matching.isEmpty else { throw .addressUnknown }
    // Whoever may be asked for a document may be asked for its head.
    let asked = method == .head ? .get : method
    guard let route = matching.first(where: { $0.method == asked }) else {
      let methods = matching.map(\.method)
      throw .methodNotAllowed(Set(methods + (methods.contains(.get) ? [.head] : [])))
    }
    action = route.action
    provider = try route.path.firstIndex(of: "{id}").map { index throws(EndpointProblem) in
      try Self.providerID(segments[index])
    }
  }

  private static func matches(_ segments: [String], _ pattern: [String]) -> Bool {
    segments.count == pattern.count
      && zip(segments, pattern).allSatisfy { segment, part in part == "{id}" ? !segment.isEmpty : segment == part }
  }

  private static func providerID(_ segment: String) throws(EndpointProblem) -> ProviderID {
    guard let decoded = PercentEncoding.decode(segment) else { throw .addressMalformed }
    do {
      return try ProviderID(decoded)
    } catch {
      throw EndpointProblem(error)
    }
  }

  /// The address of a provider's document.
  static func provider(_ id: ProviderID) -> String { "\(base)/twilio/\(PercentEncoding.encode(id.description))" }

  /// The address of a provider's rotation.
  static func rotation(_ id: ProviderID) -> String { provider(id) + "/rotation" }
}

/// The escapes of a URL's path and query.
enum PercentEncoding {
  /// Replaces escapes by what they stand for; nil if one is no escape, or the result no text.
  static func decode(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Escapes everything but unreserved characters.
  static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isUnreserved(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
