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

  let isSecure: Bool
  /// Host and port, as they were given.
  let authority: String
  /// Whether the host is this machine.
  let isLoopback: Bool
  /// With its query.
  let path: String
  let kind: Kind
  let method: String
  let fields: HTTPFields

  /// The beginning of the URL, up to the path.
  var origin: String { (isSecure ? "https://" : "http://") + authority }

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
    guard let path = head.path, Self.isPath(path) else {
      throw .invalid("The path does not begin with a slash, or holds a character that no path may hold")
    }
    guard head.method != .connect, head.method != .head || request.body.isEmpty else {
      throw .invalid("The method cannot be used, or not with a body")
    }
    if let credentials = request.credentials {
      guard scheme == "https" || authority.isLoopback && proxyIsLoopback else {
        throw .invalid("Credentials would leave this machine without encryption")
      }
      guard !head.headerFields.contains(.authorization) else {
        throw .invalid("There are credentials and an Authorization field as well")
      }
      guard !credentials.username.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == 0 }) else {
        throw .invalid("The user name holds a character that basic authentication cannot carry")
      }
      guard unsafe credentials.password.withUnsafeBytes({ unsafe !$0.contains(0) }) else {
        throw .invalid("The password holds a character that basic authentication cannot carry")
      }
    }
    isSecure = scheme == "https"
    self.authority = text
    isLoopback = authority.isLoopback
    self.path = path
    method = head.method.rawValue
    kind =
      switch head.method {
      case .head: .head
      case .post, .put, .patch: .withBody
      default: request.body.isEmpty ? .withoutBody : .withBody
      }
    fields = head.headerFields
    for field in fields {
      guard field.name != .contentLength || field.value == String(request.body.count) else {
        throw .invalid("Content-Length is not the body's length")
      }
      guard !Self.written.contains(field.name) else {
        throw .invalid("A header field that the transport itself has to write")
      }
    }
  }

  /// The scheme in lower case, if it is one of the two.
  private static func knownScheme(_ text: String) -> String? {
    if text == "https" || text == "http" { return text }
    let scheme = text.lowercased()
    return scheme == "https" || scheme == "http" ? scheme : nil
  }

  /// What says where the request goes and where it ends: a second word on that is how requests are smuggled.
  private static let written: [HTTPField.Name] =
    [.transferEncoding, .connection, .expect, .upgrade, .te, .trailer]
    + ["Host", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "HTTP2-Settings"].compactMap {
      HTTPField.Name($0)
    }

  private static func isPath(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      unsafe bytes.first == UInt8(ascii: "/") && bytes.allSatisfy(isInPath)
    }
  }

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
