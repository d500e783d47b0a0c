import Foundation
import HTTPTypes
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

/// Endpoints for tenants on a bench: whose a provider is stands before the colon of its id.
struct EndpointBench {
  static let base = "/api/v1/providers"

  let bench: Bench
  let endpoints: ProviderEndpoints<String>
  /// What the authorization was asked, in order.
  let asked = Log()

  init(
    _ bench: Bench? = nil, answersWithin: Duration = .seconds(3600),
    allowing: @escaping @Sendable (EndpointAction) -> Bool = { _ in true }
  ) throws {
    let bench = try bench ?? Bench()
    self.bench = bench
    let asked = asked
    endpoints = ProviderEndpoints(
      providers: bench.providers, answersWithin: answersWithin,
      newID: { try ProviderID("\($0):\(ProviderID())") },
      authorization: { tenant, action, id in
        asked.add("\(action.rawValue)")
        return allowing(action) && id?.description.hasPrefix("\(tenant):") ?? true
      })
  }

  func ask(
    _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, as tenant: String? = "one",
    fields: HTTPFields = [:]
  ) async -> EndpointReply {
    var request = HTTPRequest(
      method: method, scheme: "http", authority: "127.0.0.1", path: Self.base + path, headerFields: fields)
    if body != nil, request.headerFields[.contentType] == nil {
      request.headerFields[.contentType] = "application/json"
    }
    return EndpointReply(
      await endpoints.respond(to: request, body: Array((body ?? "").utf8), principal: tenant))
  }

  /// Registers the bench's account by a request.
  ///
  /// - Returns: The provider's id.
  func register() async throws -> String {
    let reply = await ask(.post, "/twilio", Self.registration(bench.firstToken))
    #expect(reply.status == 201, "\(reply.text)")
    return try #require(reply.json["id"] as? String)
  }

  static func registration(_ token: AuthToken, name: String = "Support line", more: String = "") -> String {
    #"{"accountSid":"\#(Bench.sid)","authToken":"\#(token.typed)","name":"\#(name)"\#(more)}"#
  }
}

/// A response, taken apart.
struct EndpointReply {
  let status: Int
  let fields: HTTPFields
  let text: String
  let json: [String: any Sendable]

  init(_ response: TransportResponse) {
    status = response.head.status.code
    fields = response.head.headerFields
    text = String(decoding: response.body, as: UTF8.self)
    json = (try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: any Sendable]) ?? [:]
  }

  /// The last part of a problem's type.
  var code: String? {
    (json["type"] as? String).map { String($0.dropFirst("urn:token-rotation:problem:".count)) }
  }
}

/// Texts in the order in which they came.
final class Log: Sendable {
  private let box = Box<[String]>()
  var lines: [String] { box.value ?? [] }
  func add(_ line: String) { box.set(lines + [line]) }
}

extension AuthToken {
  /// The token as a person types it.
  var typed: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}
