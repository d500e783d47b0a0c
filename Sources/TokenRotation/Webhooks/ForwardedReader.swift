import HTTPTypes

/// Reads what a trusted proxy says of the address that it was asked for.
struct ForwardedReader: Sendable {
  let fields: Set<WebhookAddress.ForwardedField>
  let proxies: [AddressRange]

  /// Replaces scheme and authority by what the proxy says of them, if the peer is one.
  ///
  /// - Throws: ``WebhookRefusal`` if it cannot be told what the proxy means: two values of one field may be the proxy's
  ///   and somebody else's.
  func apply(to scheme: inout String?, _ authority: inout String?, of request: WebhookRequest) throws {
    guard let peer = request.peerAddress.flatMap({ IPAddress($0) }), isTrusted(peer) else { return }
    let headerFields = request.head.headerFields
    if fields.contains(.forwarded) {
      try applyForwarded(headerFields[values: .forwarded], to: &scheme, &authority)
    }
    if fields.contains(.xForwardedProto), let value = try single(headerFields[values: .xForwardedProto]) {
      scheme = value
    }
    if fields.contains(.xForwardedHost), let value = try single(headerFields[values: .xForwardedHost]) {
      authority = value
    }
    if fields.contains(.xForwardedPort), let value = try single(headerFields[values: .xForwardedPort]) {
      guard let port = UInt16(value), String(port) == value, let host = authority else { throw Self.malformed }
      let end = host.lastIndex(of: "]") ?? host.startIndex
      authority = host[..<(host[end...].lastIndex(of: ":") ?? host.endIndex)] + ":" + value
    }
  }

  private func isTrusted(_ address: IPAddress) -> Bool {
    proxies.contains { $0.contains(address) }
  }

  private func single(_ values: [String]) throws -> String? {
    guard let value = values.first else { return nil }
    guard values.count == 1, !value.contains(",") else {
      throw WebhookRefusal(
        .forwardedFieldRepeated,
        "A proxy's field has several values, of which nobody knows which one counts. Let the proxy replace the field, "
          + "or configure the base of the address.")
    }
    return value
  }

  /// Goes from the element that our peer added towards the client, for as long as each was added by a trusted proxy.
  private func applyForwarded(
    _ values: [String], to scheme: inout String?, _ authority: inout String?
  ) throws {
    guard !values.isEmpty else { return }
    guard let elements = ForwardedElement.parse(values.joined(separator: ",")) else { throw Self.malformed }
    for (index, element) in elements.enumerated().reversed() {
      let isOutermost = index == 0 || !(element.client.flatMap { IPAddress($0) }.map(isTrusted) ?? false)
      guard isOutermost else { continue }
      scheme = element.proto ?? scheme
      authority = element.host ?? authority
      return
    }
  }

  private static var malformed: WebhookRefusal {
    WebhookRefusal(
      .forwardedFieldMalformed,
      "A proxy's field cannot be read. Correct the proxy's settings, or configure the base of the address.")
  }
}

/// What one proxy says in `Forwarded`.
struct ForwardedElement: Equatable {
  /// Who asked it, without a port.
  var client: String?
  var host: String?
  var proto: String?

  /// Reads the field's value; nil if it does not follow RFC 7239, or says something twice.
  static func parse(_ value: String) -> [ForwardedElement]? {
    var elements = [ForwardedElement()]
    var rest = value[...]
    while true {
      rest = rest.drop(while: isBlank)
      if let (name, text) = takePair(&rest) {
        guard elements[elements.count - 1].set(name, text) else { return nil }
        rest = rest.drop(while: isBlank)
      }
      guard let separator = rest.popFirst() else { return elements }
      switch separator {
      case ";": continue
      case ",": elements.append(ForwardedElement())
      default: return nil
      }
    }
  }

  private mutating func set(_ name: String, _ value: String) -> Bool {
    switch name.lowercased() {
    case "for":
      guard client == nil else { return false }
      client = Self.withoutPort(value)
    case "host":
      guard host == nil else { return false }
      host = value
    case "proto":
      guard proto == nil else { return false }
      proto = value
    default: break
    }
    return true
  }

  /// An IPv6 address stands in brackets, with or without a port.
  private static func withoutPort(_ node: String) -> String {
    if node.first == "[" { return String(node.dropFirst().prefix { $0 != "]" }) }
    return String(node.prefix { $0 != ":" })
  }

  private static func takePair(_ rest: inout Substring) -> (String, String)? {
    let name = rest.prefix(while: isToken)
    guard !name.isEmpty, rest[name.endIndex...].first == "=" else { return nil }
    var after = rest[rest.index(after: name.endIndex)...]
    let value: String
    if after.first == "\"" {
      after.removeFirst()
      guard let quoted = takeQuoted(&after) else { return nil }
      value = quoted
    } else {
      let token = after.prefix(while: isToken)
      value = String(token)
      after = after[token.endIndex...]
    }
    rest = after
    return (String(name), value)
  }

  private static func takeQuoted(_ rest: inout Substring) -> String? {
    var text = ""
    while let character = rest.popFirst() {
      switch character {
      case "\"": return text
      case "\\":
        guard let escaped = rest.popFirst() else { return nil }
        text.append(escaped)
      default: text.append(character)
      }
    }
    return nil
  }

  private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

  /// A token of HTTP, and the colon and brackets that many forget to quote.
  private static func isToken(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~:[]".contains(character))
  }
}

extension HTTPField.Name {
  /// Never another: these are names, and the compiler cannot know.
  private static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .via }

  static let forwarded = known("Forwarded")
  static let xForwardedProto = known("X-Forwarded-Proto")
  static let xForwardedHost = known("X-Forwarded-Host")
  static let xForwardedPort = known("X-Forwarded-Port")
}
