import HTTPTypes
import LoopbackSupport
import TokenRotationCore
import TokenRotationCurl

/// A transport that no proxy of the machine's environment can get in the way of.
func makeTransport(_ change: (inout CurlTransport.Configuration) -> Void = { _ in }) throws -> CurlTransport {
  var configuration = CurlTransport.Configuration()
  configuration.proxy = .none
  change(&configuration)
  return try CurlTransport(configuration: configuration)
}

/// A transport that trusts the tests' own certificates, and no others.
func makeTrustingTransport(
  _ change: (inout CurlTransport.Configuration) -> Void = { _ in }
) async throws -> CurlTransport {
  let certificates = try await LocalCertificates.shared()
  return try makeTransport {
    $0.certificateAuthorityFile = certificates.authority
    change(&$0)
  }
}

/// A request over plain http with a deadline that no test reaches unless it means to.
func makeRequest(
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
enum Outcome: Equatable, CustomStringConvertible {
  case answer(Int)
  case failure(TransportError.Reason, TransportError.Delivery)
  case cancelled
  case other(String)

  var description: String {
    switch self {
    case .answer(let status): "answer \(status)"
    case .failure(let reason, let delivery): "\(reason.rawValue), \(delivery.rawValue)"
    case .cancelled: "cancelled"
    case .other(let text): text
    }
  }

  static func of(_ request: TransportRequest, over transport: some HTTPTransport) async -> Outcome {
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
  static var test: HTTPField.Name { HTTPField.Name("X-Test") ?? .from }
}
