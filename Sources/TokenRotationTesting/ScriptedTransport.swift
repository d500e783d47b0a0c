public import HTTPTypes
import Synchronization
public import TokenRotationCore

/// A transport that answers from a script, or from a function, and remembers what it was asked.
///
/// For tests of a host that must not depend on a network, and for the cases that no real server can be made to show.
/// Where a server with a memory is wanted, `TwilioSimulator` is the better choice.
public final class ScriptedTransport: HTTPTransport {
  private struct State {
    var requests: [TransportRequest] = []
    var steps: [Step]
  }

  /// What happens to one request.
  public enum Step: Sendable {
    /// It is answered.
    case answer(TransportResponse)
    /// It fails.
    case failure(any Error)
  }

  private let state: Mutex<State>
  private let rest: @Sendable (TransportRequest) async throws -> TransportResponse

  /// Answers requests in turn, and each one after the last step with an error.
  public convenience init(_ steps: [Step]) {
    self.init(steps) { _ in
      throw TransportError(.unavailable, delivery: .notSent, detail: "the script has no further step")
    }
  }

  /// Answers every request by a function.
  public convenience init(answering: @escaping @Sendable (TransportRequest) async throws -> TransportResponse) {
    self.init([], rest: answering)
  }

  private init(_ steps: [Step], rest: @escaping @Sendable (TransportRequest) async throws -> TransportResponse) {
    state = Mutex(State(steps: steps))
    self.rest = rest
  }

  /// The requests so far, in order.
  public var requests: [TransportRequest] { state.withLock { $0.requests } }

  /// Takes the next step of the script.
  public func send(_ request: TransportRequest) async throws -> TransportResponse {
    let step = state.withLock { state in
      state.requests.append(request)
      return state.steps.isEmpty ? nil : state.steps.removeFirst()
    }
    switch step {
    case .answer(let response): return response
    case .failure(let error): throw error
    case nil: return try await rest(request)
    }
  }
}

extension TransportResponse {
  /// An answer with a JSON body.
  ///
  /// - Parameters:
  ///   - status: The HTTP status.
  ///   - body: The JSON text.
  ///   - fields: Header fields beside `Content-Type`.
  public static func json(_ status: Int, _ body: String, fields: HTTPFields = [:]) -> TransportResponse {
    var head = HTTPResponse(status: .init(code: status), headerFields: fields)
    head.headerFields[.contentType] = "application/json"
    return TransportResponse(head: head, body: Array(body.utf8))
  }
}
