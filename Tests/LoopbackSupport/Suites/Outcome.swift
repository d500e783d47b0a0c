package import HTTPTypes
package import TokenRotationCore

/// A request over plain http with a deadline that no test reaches unless it means to.
package func makeRequest(
  _ method: HTTPRequest.Method = .get, _ authority: String, _ path: String = "/", scheme: String = "http",
  fields: HTTPFields = [:], body: String = "", credentials: BasicCredentials? = nil,
  deadline: Duration = .seconds(60), sizeLimit: Int = 1_048_576, mayBeSentAgain: Bool? = nil
) -> TransportRequest {
  TransportRequest(
    head: HTTPRequest(method: method, scheme: scheme, authority: authority, path: path, headerFields: fields),
    body: Array(body.utf8), credentials: credentials, deadline: deadline, responseSizeLimit: sizeLimit,
    mayBeSentAgain: mayBeSentAgain ?? (method == .get || method == .head))
}

/// What came of a request, in a form that a table can state.
package enum Outcome: Equatable, CustomStringConvertible {
  case answer(Int)
  case failure(TransportError.Reason, TransportError.Delivery)
  case cancelled
  case other(String)

  package var description: String {
    switch self {
    case .answer(let status): "answer \(status)"
    case .failure(let reason, let delivery): "\(reason.rawValue), \(delivery.rawValue)"
    case .cancelled: "cancelled"
    case .other(let text): text
    }
  }

  package static func of(_ request: TransportRequest, over transport: some HTTPTransport) async -> Outcome {
    do {
      return .answer(try await transport.send(request).head.status.code)
    } catch let error as TransportError {
      return .failure(error.reason, error.delivery)
    } catch is CancellationError {
      return .cancelled
    } catch {
      return .other(String(describing: type(of: error)))
    }
  }
}

extension HTTPField.Name {
  package static var test: HTTPField.Name { HTTPField.Name("X-Test") ?? .from }
}
