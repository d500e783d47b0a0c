public import HTTPTypes

/// Sends one HTTP request and gives its answer: the port through which all calls to Twilio leave.
///
/// `TokenRotationCurl` has the default adopter, on libcurl. Write your own to send through the HTTP client that your
/// host uses anyway, or to answer from memory in tests.
///
/// An adopter has to keep four promises; rotation is safe because of them.
/// - **A failure says whether the request can have reached the server.** Throw ``TransportError`` with
///   ``TransportError/Delivery/notSent`` only if no byte of the request can have left; `maybeSent` otherwise. An error
///   of another type, `CancellationError` included, is taken for `maybeSent`.
/// - **A request that may not be sent again leaves once.** Where ``TransportRequest/mayBeSentAgain`` is false, no retry
///   is made, not even a silent one on a pooled connection that died: such a request takes a fresh connection.
/// - **Credentials stay apart.** They become an `Authorization: Basic` header of this request to this host, and appear
///   in no log and no error, nor in a redirected request: redirects are not followed, a 3xx is an answer.
/// - **Deadline and size limit hold.** A transfer that takes longer, or an answer whose body is larger, is a failure.
///
/// Any status is an answer, 401 and 500 included. Cancelling the calling task ends the transfer.
///
/// A complete adopter, which answers every request alike:
/// ```swift
/// struct FixedTransport: HTTPTransport {
///   let response: TransportResponse
///
///   func send(_ request: TransportRequest) async throws -> TransportResponse {
///     guard response.body.count <= request.responseSizeLimit else {
///       throw TransportError(.responseTooLarge, delivery: .maybeSent)
///     }
///     return response
///   }
/// }
/// ```
public protocol HTTPTransport: Sendable {
  /// Sends a request and waits for the whole answer.
  ///
  /// - Throws: ``TransportError``, or `CancellationError` if the task was cancelled.
  func send(_ request: TransportRequest) async throws -> TransportResponse
}

/// A request, with everything that an ``HTTPTransport`` needs to know of it.
public struct TransportRequest: Sendable {
  /// Method, scheme, authority, path and header fields; no credentials, so it may be logged.
  public var head: HTTPRequest
  /// The body; empty for none.
  public var body: [UInt8]
  /// User name and password for HTTP basic authentication, to be sent with this request only.
  public var credentials: BasicCredentials?
  /// How long the request may take, from now to the last byte of the answer.
  public var deadline: Duration
  /// How many bytes the answer's body may have, after decompression.
  public var responseSizeLimit: Int
  /// Whether it does no harm if the server receives the request twice.
  public var mayBeSentAgain: Bool

  /// Makes a request.
  ///
  /// - Parameters:
  ///   - head: Method, scheme, authority, path and header fields.
  ///   - body: The body; empty for none.
  ///   - credentials: For HTTP basic authentication.
  ///   - deadline: From now to the last byte of the answer.
  ///   - responseSizeLimit: In bytes, after decompression; 1 MiB by default.
  ///   - mayBeSentAgain: False for anything that changes something.
  public init(
    head: HTTPRequest,
    body: [UInt8] = [],
    credentials: BasicCredentials? = nil,
    deadline: Duration,
    responseSizeLimit: Int = 1_048_576,
    mayBeSentAgain: Bool
  ) {
    self.head = head
    self.body = body
    self.credentials = credentials
    self.deadline = deadline
    self.responseSizeLimit = responseSizeLimit
    self.mayBeSentAgain = mayBeSentAgain
  }
}

/// An answer, whatever its status.
public struct TransportResponse: Sendable {
  /// Status and header fields.
  public var head: HTTPResponse
  /// The whole body, decompressed.
  public var body: [UInt8]

  /// Makes an answer.
  public init(head: HTTPResponse, body: [UInt8] = []) {
    self.head = head
    self.body = body
  }
}

extension TransportResponse: CustomStringConvertible, CustomReflectable {
  /// Status and body length: Twilio's answers hold tokens.
  public var description: String { "HTTP \(head.status.code), \(body.count) bytes" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension TransportRequest: CustomStringConvertible, CustomReflectable {
  /// Method and address without its query, and the body's length.
  public var description: String {
    let path = (head.path ?? "").prefix { $0 != "?" }
    return "\(head.method.rawValue) \(head.scheme ?? "")://\(head.authority ?? "")\(path), \(body.count) bytes"
  }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// User name and password for HTTP basic authentication.
public struct BasicCredentials: Sendable, Equatable {
  /// The user name: for Twilio, the account SID.
  public var username: String
  /// The password: for Twilio, the Auth Token.
  public var password: AuthToken

  /// Makes credentials.
  public init(username: String, password: AuthToken) {
    self.username = username
    self.password = password
  }
}

/// Why a request got no answer, and whether the server can have received it.
public struct TransportError: Error, Sendable, Hashable {
  /// Whether the server can have received the request.
  public enum Delivery: String, Sendable, Hashable {
    /// No byte of it left: whatever it asked for was not done.
    case notSent
    /// It may have been received, and acted on, now or later.
    case maybeSent
  }

  /// What failed: an open set.
  public struct Reason: RawRepresentable, Hashable, Sendable {
    /// The reason as it appears in logs and metrics.
    public let rawValue: String

    /// Makes a reason.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The request itself is not one that can be sent.
    public static let invalidRequest = Reason(rawValue: "invalidRequest")
    /// The host's name has no address.
    public static let nameNotResolved = Reason(rawValue: "nameNotResolved")
    /// No connection could be made.
    public static let connectionFailed = Reason(rawValue: "connectionFailed")
    /// The proxy refused, or could not be used.
    public static let proxyFailed = Reason(rawValue: "proxyFailed")
    /// TLS failed: certificate, name or version.
    public static let tlsFailed = Reason(rawValue: "tlsFailed")
    /// The deadline passed.
    public static let timedOut = Reason(rawValue: "timedOut")
    /// The connection ended before the answer did.
    public static let connectionLost = Reason(rawValue: "connectionLost")
    /// The answer was not HTTP.
    public static let malformedResponse = Reason(rawValue: "malformedResponse")
    /// The answer was larger than the request allowed.
    public static let responseTooLarge = Reason(rawValue: "responseTooLarge")
    /// The transport has been shut down, or could not be started.
    public static let unavailable = Reason(rawValue: "unavailable")
    /// Anything else.
    public static let other = Reason(rawValue: "other")
  }

  /// What failed.
  public let reason: Reason
  /// Whether the server can have received the request.
  public let delivery: Delivery
  /// More, in the words of the library beneath; never a value from the request or the answer.
  public let detail: String?

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - reason: What failed.
  ///   - delivery: `notSent` only if it is certain.
  ///   - detail: More, without a value from the request or the answer.
  public init(_ reason: Reason, delivery: Delivery, detail: String? = nil) {
    self.reason = reason
    self.delivery = delivery
    self.detail = detail
  }
}

extension TransportError: CustomStringConvertible {
  /// Reason, delivery and detail.
  public var description: String {
    "\(reason.rawValue) (\(delivery.rawValue))" + (detail.map { ": \($0)" } ?? "")
  }
}
