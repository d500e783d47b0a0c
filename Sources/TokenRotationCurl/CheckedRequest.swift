import HTTPTypes
import TokenRotationCore

/// A request that has been found fit to be sent, in the form in which libcurl takes it.
struct CheckedRequest {
  /// How libcurl is told the method.
  enum Kind {
    /// No body goes out; one may come back.
    case withoutBody
    /// Neither goes out nor comes back a body.
    case head
    /// A body goes out, be it one of length zero.
    case withBody
  }

  let url: String
  let isSecure: Bool
  let authority: Authority
  let kind: Kind
  let method: String
  let headerLines: [String]

  /// Checks everything that does not depend on the network.
  ///
  /// - Throws: ``TransportError`` with the reason `invalidRequest` and `notSent`.
  init(_ request: TransportRequest, proxyIsLoopback: Bool) throws(TransportError) {
    let head = request.head
    guard let scheme = head.scheme.flatMap(Self.knownScheme) else {
      throw .invalid("The scheme is neither http nor https")
    }
    guard let text = head.authority, let authority = Authority(text) else {
      throw .invalid("The authority is not a host with an optional port")
    }
    guard let path = head.path, path.hasPrefix("/"), path.utf8.allSatisfy(Self.isInPath) else {
      throw .invalid("The path does not begin with a slash, or holds a character that no path may hold")
    }
    guard head.method != .connect, head.method != .head || request.body.isEmpty else {
      throw .invalid("The method cannot be used, or not with a body")
    }
    if let credentials = request.credentials {
      guard scheme == "https" || authority.isLoopback && proxyIsLoopback else {
        throw .invalid("Credentials would leave this machine without encryption")
      }
      guard head.headerFields[.authorization] == nil else {
        throw .invalid("There are credentials and an Authorization field as well")
      }
      guard !credentials.username.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == 0 }) else {
        throw .invalid("The user name holds a character that basic authentication cannot carry")
      }
    }
    isSecure = scheme == "https"
    url = scheme + "://" + text + path
    self.authority = authority
    method = head.method.rawValue
    kind =
      switch head.method {
      case .head: .head
      case .post, .put, .patch: .withBody
      default: request.body.isEmpty ? .withoutBody : .withBody
      }
    headerLines = try Self.lines(of: head.headerFields, kind: kind, bodySize: request.body.count)
  }

  /// The scheme in lower case, if it is one of the two.
  private static func knownScheme(_ text: String) -> String? {
    if text == "https" || text == "http" { return text }
    let scheme = text.lowercased()
    return scheme == "https" || scheme == "http" ? scheme : nil
  }

  private static func lines(of fields: HTTPFields, kind: Kind, bodySize: Int) throws(TransportError) -> [String] {
    var lines: [String] = []
    lines.reserveCapacity(fields.count + 2)
    if kind == .withBody {
      // Without a value, a line takes back what libcurl would add by itself.
      lines.append("Expect:")
      if fields[.contentType] == nil { lines.append("Content-Type:") }
    }
    for field in fields {
      if field.name == .contentLength {
        guard field.value == String(bodySize) else { throw .invalid("Content-Length is not the body's length") }
        continue
      }
      guard !written.contains(field.name) else {
        throw .invalid("A header field that the transport itself has to write")
      }
      let value = field.value
      // Libcurl takes a line without a value for a wish to leave the field out; with a semicolon it stays.
      lines.append(value.isEmpty ? field.name.rawName + ";" : field.name.rawName + ": " + value)
    }
    return lines
  }

  /// What says where the request goes and where it ends: a second word on that is how requests are smuggled.
  private static let written: Set<HTTPField.Name> = {
    let others = ["Host", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "HTTP2-Settings"]
    return Set(
      [.transferEncoding, .connection, .expect, .upgrade, .te, .trailer] + others.compactMap { HTTPField.Name($0) })
  }()

  /// Visible ASCII but the fragment's sign, which never goes to a server.
  private static func isInPath(_ byte: UInt8) -> Bool {
    (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "#")
  }
}

extension TransportError {
  fileprivate static func invalid(_ detail: String) -> TransportError {
    TransportError(.invalidRequest, delivery: .notSent, detail: detail)
  }
}
