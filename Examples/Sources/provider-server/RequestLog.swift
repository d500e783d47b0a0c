import HTTPTypes
import Hummingbird
import Logging

/// Logs each request with its outcome, gives it an id that the response tells, and shows nothing that could be a secret:
/// no header, no query, no body, and no part of a path that has the looks of a token.
struct RequestLog<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var response = try await next(request, context)
    response.headers[.requestID] = context.id
    context.logger.info(
      "Request",
      metadata: [
        "method": "\(request.method)", "path": "\(Self.shown(request.head.path ?? ""))",
        "status": "\(response.status.code)", "milliseconds": "\(start.duration(to: .now) / .milliseconds(1))",
      ])
    return response
  }

  private static func shown(_ target: String) -> String {
    target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).prefix(12).map { part in
      let isHarmless = part.count <= 64 && part.utf8.filter(isHexadecimal).count < 32
      return isHarmless || part.utf8.count == 36 && part.contains("-") ? String(part) : "…"
    }.joined(separator: "/")
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...102).contains(byte | 0x20)
  }
}

extension HTTPField.Name {
  /// The name is a valid one, so the fallback is never used; the initializer cannot know.
  fileprivate static let requestID = HTTPField.Name("X-Request-Id") ?? .eTag
}
