import Foundation
import HTTPTypes
package import TokenRotationCore

/// An HTTP/1.1 server on a free port of 127.0.0.1 that answers every request with a closure.
///
/// ```swift
/// let server = try LoopbackServer { request in TransportResponse(head: .init(status: .ok), body: request.body) }
/// ```
/// Connections are kept alive, bodies have a `Content-Length`, and basic authentication arrives in the request's
/// `credentials`. It stops when it is released.
package final class LoopbackServer: Sendable {
  package typealias Handler = @Sendable (TransportRequest) async -> TransportResponse

  private let server: RawServer

  package init(handler: @escaping Handler) throws {
    server = try RawServer { connection in
      while let message = try await connection.readRequest() {
        let request = try Self.request(message)
        let response = await handler(request)
        let hasBody = request.head.method != .head && response.head.status.code != 204
        let start = "HTTP/1.1 \(response.head.status.code) \(response.head.status.reasonPhrase)"
        let head = MessageHead.bytes(
          start: start, fields: response.head.headerFields,
          contentLength: response.head.status.code == 204 ? nil : response.body.count)
        try await connection.write(hasBody ? head + response.body : head)
        if message.head.fields[.connection]?.lowercased() == "close" { return }
      }
    }
  }

  package var port: Int { server.port }

  /// Host and port, as they stand in a request's `authority`.
  package var authority: String { server.authority }

  package var baseURL: String { "http://\(authority)" }

  /// How many connections have been made so far.
  package var acceptedConnections: Int { server.acceptedConnections }

  /// Ends all connections and returns when the port is free.
  package func stop() { server.stop() }

  private static func request(_ message: ReceivedMessage) throws -> TransportRequest {
    guard let method = HTTPRequest.Method(message.method) else { throw MessageError.malformed }
    var fields = message.head.fields
    let credentials = try fields[.authorization].flatMap(credentials)
    if credentials != nil { fields[.authorization] = nil }
    // Swift's HTTP types keep the host in the authority, not among the fields.
    let host = HTTPField.Name("Host")
    let authority = host.flatMap { fields[$0] }
    if let host { fields[host] = nil }
    return TransportRequest(
      head: HTTPRequest(
        method: method, scheme: "http", authority: authority, path: message.path, headerFields: fields),
      body: message.body, credentials: credentials, deadline: .seconds(30), mayBeSentAgain: method == .get)
  }

  private static func credentials(_ authorization: String) throws -> BasicCredentials? {
    guard authorization.hasPrefix("Basic ") else { return nil }
    guard let data = Data(base64Encoded: String(authorization.dropFirst(6))),
      let colon = data.firstIndex(of: UInt8(ascii: ":"))
    else { throw MessageError.malformed }
    let password = data[data.index(after: colon)...]
    guard !password.isEmpty else { return nil }
    return BasicCredentials(
      username: String(decoding: data[..<colon], as: UTF8.self), password: try AuthToken(issued: password))
  }
}
