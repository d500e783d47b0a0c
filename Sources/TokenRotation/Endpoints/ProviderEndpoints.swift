public import HTTPTypes
public import TokenRotationCore

/// The REST endpoints for providers, independent of any web framework: a request's head and body in, a response out.
///
/// ```
/// POST   /api/v1/providers/twilio                          register
/// GET    /api/v1/providers                                 list, in pages
/// GET    /api/v1/providers/twilio/{id}                     read
/// PATCH  /api/v1/providers/twilio/{id}/auth-token          update the token
/// POST   /api/v1/providers/twilio/{id}/auth-token/rotate   rotate it
/// POST   /api/v1/providers/twilio/{id}/auth-token/secondary, DELETE the same, POST …/auth-token/promote
/// GET    /api/v1/providers/twilio/{id}/rotation            where a rotation stands
/// POST   /api/v1/providers/{id}/verify                     run the checks
/// DELETE /api/v1/providers/{id}                            remove
/// ```
///
/// The host finds out who is calling, and gives that as the principal. What a principal may do is asked of the
/// authorization, for every request and before anything is looked up: there is no default, so nobody mounts these
/// endpoints open by leaving something out. What a principal may not see answers as if it were not there.
///
/// ```swift
/// let endpoints = ProviderEndpoints<String>(providers: providers, newID: { tenant in
///   try ProviderID("\(tenant):\(ProviderID())")
/// }) { tenant, action, provider in
///   provider?.description.hasPrefix("\(tenant):") ?? (action == .list)
/// }
/// let response = await endpoints.respond(to: request, body: [], principal: "tenant-1")
/// print(response.head.status)
/// ```
///
/// Errors are problem documents of RFC 9457. No response holds a token, and no error repeats what was sent.
/// The OpenAPI description is `Documentation/openapi.yaml`.
public struct ProviderEndpoints<Principal: Sendable>: Sendable {
  /// Says whether a principal may do something to a provider; nil for the listing, which is of no provider.
  public typealias Authorization =
    @Sendable (_ principal: Principal, _ action: EndpointAction, _ provider: ProviderID?) async throws -> Bool

  /// How many bytes a request's body may have; a server that reads it can stop there.
  public let bodyLimit: Int

  let providers: TwilioProviders
  let newID: @Sendable (Principal) async throws -> ProviderID
  let answersWithin: Duration
  let timeSource: any TimeSource
  let runs = RotationRuns()
  private let authorization: Authorization

  /// Makes the endpoints.
  ///
  /// - Parameters:
  ///   - providers: What they act on.
  ///   - bodyLimit: How many bytes a request's body may have, 16 KiB by default.
  ///   - answersWithin: How long a request may wait for the end of a rotation before it is answered with 202 and the
  ///     place where to look, 20 seconds by default.
  ///   - timeSource: Where that time comes from.
  ///   - newID: Gives the id for a provider that a principal registers; a UUID by default. A host with tenants gives one
  ///     by which the authorization knows whose it is.
  ///   - authorization: Says whether a principal may do something to a provider.
  public init(
    providers: TwilioProviders,
    bodyLimit: Int = 16_384,
    answersWithin: Duration = .seconds(20),
    timeSource: any TimeSource = SystemTimeSource(),
    newID: @escaping @Sendable (Principal) async throws -> ProviderID = { _ in ProviderID() },
    authorization: @escaping Authorization
  ) {
    self.providers = providers
    self.bodyLimit = bodyLimit
    self.answersWithin = answersWithin
    self.timeSource = timeSource
    self.newID = newID
    self.authorization = authorization
  }

  /// Whether a request is for these endpoints: its path is `/api/v1/providers`, or below it.
  public func covers(_ request: HTTPRequest) -> Bool {
    guard let path = request.path?.prefix(while: { $0 != "?" }), path.hasPrefix(EndpointRoute.base) else {
      return false
    }
    let rest = path.dropFirst(EndpointRoute.base.count)
    return rest.isEmpty || rest.hasPrefix("/")
  }

  /// Answers a request.
  ///
  /// - Parameters:
  ///   - request: Method, path with its query, and header fields.
  ///   - body: The whole body.
  ///   - principal: Who is calling; nil if that is not known, which is answered with 401.
  /// - Returns: The response. It never fails; whatever goes wrong is a problem document.
  public func respond(to request: HTTPRequest, body: [UInt8], principal: Principal?) async -> TransportResponse {
    var response: TransportResponse
    do {
      response = try await answer(request, body, principal)
    } catch {
      response = EndpointProblem(error).response
    }
    if request.method == .head { response.body = [] }
    return response
  }

  /// Breaks off the rotations that requests have begun, and returns when they have stopped.
  ///
  /// What to call when the server ends. They can be resumed.
  public func shutdown() async { await runs.end() }

  private func answer(
    _ request: HTTPRequest, _ body: [UInt8], _ principal: Principal?
  ) async throws -> TransportResponse {
    let target = request.path ?? ""
    let path = target.prefix { $0 != "?" }
    guard let principal else { throw EndpointProblem.unauthenticated }
    let route = try EndpointRoute(request.method, path)
    let id: ProviderID? =
      switch route.action {
      case .register: try await newID(principal)
      default: route.provider
      }
    try await authorize(principal, route.action, id)
    guard body.count <= bodyLimit else { throw EndpointProblem.bodyTooLarge(bodyLimit) }
    let query = target.count > path.count ? target.dropFirst(path.count + 1) : nil
    let call = EndpointCall(
      action: route.action, request: request, body: body,
      query: try EndpointQuery(query, known: route.action == .list ? ["limit", "after"] : []),
      precondition: try EndpointPrecondition(request))
    guard let id else {
      return try await list(call) { try await authorization(principal, .read, $0) }
    }
    return try await perform(call, on: id)
  }

  /// Asks before anything is looked up, so that nobody learns by an answer, or by its time, what is there.
  private func authorize(_ principal: Principal, _ action: EndpointAction, _ id: ProviderID?) async throws {
    if try await authorization(principal, action, id) { return }
    guard let id, action != .register else { throw EndpointProblem.forbidden }
    // Who may see it is told the truth; to anyone else it does not exist.
    if action != .read, try await authorization(principal, .read, id) { throw EndpointProblem.forbidden }
    throw TokenRotationError(.providerNotFound, "No provider has this id. Register it first.")
  }
}

/// A request as the operations see it: routed, authorized and read.
struct EndpointCall: Sendable {
  let action: EndpointAction
  let request: HTTPRequest
  let body: [UInt8]
  let query: EndpointQuery
  let precondition: EndpointPrecondition

  /// Takes no body, or one that asks for nothing.
  func requireNoFields() throws(EndpointProblem) {
    if !body.isEmpty { _ = try EndpointBody(request, body, known: []) }
  }
}
