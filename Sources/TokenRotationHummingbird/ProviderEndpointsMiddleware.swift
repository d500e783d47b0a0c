#if Hummingbird
import HTTPTypes
public import Hummingbird
public import TokenRotation

/// Answers requests for providers in a Hummingbird server, and lets all others through.
///
/// Add it to a router, before what needs no caller:
/// ```
/// let router = Router()
/// router.add(middleware: ProviderEndpointsMiddleware(endpoints) { request, _ in
///   try await session(request.headers[.authorization])?.tenant
/// })
/// ```
/// It answers by the path as it was sent, so a provider's id may hold any character.
public struct ProviderEndpointsMiddleware<Context: RequestContext, Principal: Sendable>: RouterMiddleware {
  private let endpoints: ProviderEndpoints<Principal>
  private let principal: @Sendable (Request, Context) async throws -> Principal?

  /// Makes the middleware.
  ///
  /// - Parameters:
  ///   - endpoints: What answers.
  ///   - principal: Finds out who is calling; nil if that is not known, which is answered with 401.
  public init(
    _ endpoints: ProviderEndpoints<Principal>,
    principal: @escaping @Sendable (Request, Context) async throws -> Principal?
  ) {
    self.endpoints = endpoints
    self.principal = principal
  }

  /// Answers, or lets through.
  public func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard endpoints.covers(request.head) else { return try await next(request, context) }
    let caller = try await principal(request, context)
    var body: [UInt8] = []
    // Of somebody who is not known not one byte is taken; of others, no more than tells that it is too much.
    if caller != nil {
      for try await buffer in request.body {
        body += buffer.readableBytesView
        if body.count > endpoints.bodyLimit { break }
      }
    }
    let response = await endpoints.respond(to: request.head, body: body, principal: caller)
    return Response(
      status: response.head.status, headers: response.head.headerFields,
      body: response.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: response.body)))
  }
}
#endif
