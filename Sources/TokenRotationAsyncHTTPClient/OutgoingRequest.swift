#if AsyncHTTPClient
import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import TokenRotationCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A request that has been found fit to be sent, in the form in which async-http-client takes it.
struct OutgoingRequest {
  let request: HTTPClient.Request
  let isSecure: Bool

  /// Checks everything that does not depend on the network.
  ///
  /// - Throws: ``TransportError`` with the reason `invalidRequest` and `notSent`.
  init(_ original: TransportRequest, usesProxy: Bool) throws {
    let head = original.head
    guard let scheme = head.scheme?.lowercased(), scheme == "https" || scheme == "http" else {
      throw Self.invalid("The scheme is neither http nor https")
    }
    guard let host = head.authority, let authority = Authority(host) else {
      throw Self.invalid("The authority is not a host with an optional port")
    }
    guard let path = head.path, path.hasPrefix("/"), Self.isUnchangedPath(path) else {
      throw Self.invalid("The path does not begin with a slash, or holds a character that no path may hold")
    }
    guard head.method != .connect, head.method != .head || original.body.isEmpty else {
      throw Self.invalid("The method cannot be used, or not with a body")
    }
    isSecure = scheme == "https"
    var headers = try Self.headers(head.headerFields, bodySize: original.body.count)
    if let credentials = original.credentials {
      guard isSecure || authority.isLoopback && !usesProxy else {
        throw Self.invalid("Credentials would leave this machine without encryption")
      }
      guard head.headerFields[.authorization] == nil else {
        throw Self.invalid("There are credentials and an Authorization field as well")
      }
      guard !credentials.username.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 < 0x20 }) else {
        throw Self.invalid("The user name holds a character that basic authentication cannot carry")
      }
      headers.add(name: "Authorization", value: Self.basic(credentials))
    }
    // The connection is not kept, so no later request can meet what became of it.
    if !original.mayBeSentAgain { headers.add(name: "Connection", value: "close") }
    do {
      request = try HTTPClient.Request(
        url: scheme + "://" + host + path, method: HTTPMethod(rawValue: head.method.rawValue), headers: headers,
        body: original.body.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: original.body)))
    } catch {
      throw Self.invalid("async-http-client does not take it for an address")
    }
  }

  private static func headers(_ fields: HTTPFields, bodySize: Int) throws -> HTTPHeaders {
    var headers = HTTPHeaders()
    for field in fields {
      if field.name == .contentLength {
        guard field.value == String(bodySize) else { throw invalid("Content-Length is not the body's length") }
        continue
      }
      guard !written.contains(field.name) else {
        throw invalid("A header field that the transport itself has to write")
      }
      headers.add(name: field.name.rawName, value: field.value)
    }
    if fields[.acceptEncoding] == nil { headers.add(name: "Accept-Encoding", value: "gzip, deflate") }
    if fields[.userAgent] == nil { headers.add(name: "User-Agent", value: "swift-token-rotation/0.1.0") }
    return headers
  }

  /// What says where the request goes and where it ends: a second word on that is how requests are smuggled.
  private static let written: Set<HTTPField.Name> = {
    let others = ["Host", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "HTTP2-Settings"]
    return Set(
      [.transferEncoding, .connection, .expect, .upgrade, .te, .trailer] + others.compactMap { HTTPField.Name($0) })
  }()

  private static func basic(_ credentials: BasicCredentials) -> String {
    let token = credentials.password.withUnsafeBytes { Array($0) }
    return "Basic " + Data(Array((credentials.username + ":").utf8) + token).base64EncodedString()
  }

  /// Whether the path is one that Foundation's URL, through which it goes, leaves as it is.
  private static func isUnchangedPath(_ path: String) -> Bool {
    var rest = path.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard rest.count >= 2, rest.prefix(2).allSatisfy(\.isHexadecimalDigit) else { return false }
      default:
        guard byte.isLetterOrDigit || "/?:@-._~!$&'()*+,;=".utf8.contains(byte) else { return false }
      }
    }
    return true
  }

  private static func invalid(_ detail: String) -> TransportError {
    TransportError(.invalidRequest, delivery: .notSent, detail: detail)
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }

  fileprivate var isHexadecimalDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
#endif
