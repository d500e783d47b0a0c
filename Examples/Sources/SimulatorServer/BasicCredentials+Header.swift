import TokenRotationCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension BasicCredentials {
  /// Reads the value of an `Authorization` header; nil if it is not basic authentication.
  init?(authorization: String) {
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "basic",
      let decoded = Data(base64Encoded: parts[1].drop { $0 == " " }.description),
      let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
      let token = try? AuthToken(issued: decoded[decoded.index(after: colon)...])
    else { return nil }
    self.init(username: String(decoding: decoded[..<colon], as: UTF8.self), password: token)
  }
}
