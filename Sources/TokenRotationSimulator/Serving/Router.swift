import HTTPTypes
import TokenRotationCore

/// One thing that the simulator can be asked for.
struct Route: Sendable {
  let endpoint: TwilioSimulator.Endpoint
  let method: HTTPRequest.Method
  let product: TwilioProduct
  let path: PathPattern
  let handle: Handler

  typealias Handler = @Sendable (inout SimulatorState, Call) throws(SimulatedError) -> Answer
}

/// A path with at most one parameter in each segment, such as `/2010-04-01/Accounts/{Sid}.json`.
struct PathPattern: Sendable {
  private struct Segment {
    var prefix: Substring
    var suffix: Substring
    var isParameter: Bool
  }

  private let segments: [Segment]

  init(_ pattern: String) {
    segments = Self.split(pattern).map { segment in
      guard let open = segment.firstIndex(of: "{"), let close = segment.lastIndex(of: "}") else {
        return Segment(prefix: segment, suffix: "", isParameter: false)
      }
      return Segment(
        prefix: segment[..<open], suffix: segment[segment.index(after: close)...], isParameter: true)
    }
  }

  /// The parameters' values; nil if it is another path.
  func parameters(in path: some StringProtocol) -> [String]? {
    let parts = Self.split(String(path))
    guard parts.count == segments.count else { return nil }
    var parameters: [String] = []
    for (part, segment) in zip(parts, segments) {
      guard segment.isParameter else {
        if part == segment.prefix { continue }
        return nil
      }
      let isLongEnough = part.count > segment.prefix.count + segment.suffix.count
      guard isLongEnough, part.hasPrefix(segment.prefix), part.hasSuffix(segment.suffix) else { return nil }
      parameters.append(String(part.dropFirst(segment.prefix.count).dropLast(segment.suffix.count)))
    }
    return parameters
  }

  private static func split(_ path: String) -> [Substring] {
    path.split(separator: "/", omittingEmptySubsequences: false)
  }
}

/// Finds the route for a request; a new group of endpoints adds its routes here.
enum Router {
  private static let routes =
    AccountEndpoint.routes + AuthTokenEndpoints.routes + TrunkEndpoint.routes + PhoneNumberEndpoints.routes

  /// - Throws: 404 for an unknown address, 405 for a known one with another method.
  static func route(
    _ method: HTTPRequest.Method, _ path: String, at address: Address
  ) throws(SimulatedError) -> (route: Route, parameters: [String]) {
    var pathIsKnown = false
    for route in routes where address.serves(route.product) {
      guard let parameters = route.path.parameters(in: path) else { continue }
      if route.method == method { return (route, parameters) }
      pathIsKnown = true
    }
    throw pathIsKnown ? SimulatedError.methodNotAllowed : SimulatedError.notFound(path)
  }
}
