/// What went wrong, in a form that code can decide on and a person can act on.
///
/// Every operation of this package throws this type, or `CancellationError`. It carries a ``code`` to switch over, a
/// sentence that says what to do, and an ``outcome`` that says what is known of the change that was asked for. It never
/// carries a token, a header or a body: an error of foreign origin is shown by its type only.
public struct TokenRotationError: Error, Sendable {
  /// What is known of the change that was asked for.
  public enum Outcome: String, Sendable, Hashable {
    /// It took effect, although something after it failed.
    case applied
    /// It did not take effect.
    case notApplied
    /// It may or may not have taken effect: look before trying again.
    case unknown
  }

  /// Which error this is.
  public let code: Code

  /// What happened and what to do about it, for a person, without a secret.
  public let message: String

  /// What is known of the change that was asked for.
  public let outcome: Outcome

  /// The error beneath, for code that wants to look at it.
  ///
  /// Descriptions show a foreign one by type only.
  public let cause: (any Error)?

  /// What Twilio answered, where an answer of Twilio is the reason.
  public let answer: TwilioRefusal?

  /// How long to wait before trying again, where the other side said so (`Retry-After`).
  public let retryAfter: Duration?

  /// The source file, as `Module/File.swift`, and the line that threw.
  public let location: Location

  /// A place in the source code.
  public struct Location: Sendable, Hashable, CustomStringConvertible {
    /// `Module/File.swift`.
    public let fileID: String
    /// The line, from 1.
    public let line: UInt

    /// `Module/File.swift:line`.
    public var description: String { "\(fileID):\(line)" }
  }

  /// Makes an error; adopters of the ports throw it with one of the documented codes.
  ///
  /// - Parameters:
  ///   - code: Which error this is.
  ///   - message: What happened and what to do, in whole sentences, without a secret.
  ///   - outcome: What is known of the change that was asked for.
  ///   - cause: The error beneath.
  ///   - answer: What Twilio answered.
  ///   - retryAfter: How long the other side asked to wait.
  ///   - fileID: Where it is thrown.
  ///   - line: Where it is thrown.
  public init(
    _ code: Code,
    _ message: String,
    outcome: Outcome = .notApplied,
    cause: (any Error)? = nil,
    answer: TwilioRefusal? = nil,
    retryAfter: Duration? = nil,
    fileID: String = #fileID,
    line: UInt = #line
  ) {
    self.code = code
    self.message = message
    self.outcome = outcome
    self.cause = cause
    self.answer = answer
    self.retryAfter = retryAfter
    self.location = Location(fileID: fileID, line: line)
  }

  /// Whether the same call may well succeed later without anyone changing anything.
  ///
  /// Not a promise that trying again is harmless: read ``outcome`` first.
  public var isRetriable: Bool { Code.retriable.contains(code) }

  /// A label for metrics: the code, or `other` for one that this package does not define, so that there is only ever a
  /// bounded number of labels.
  public var metricLabel: String { Code.all.contains(code) ? code.rawValue : "other" }
}

/// What Twilio answered instead of doing as asked: the parts of its answer that hold no secret.
public struct TwilioRefusal: Sendable, Hashable, CustomStringConvertible {
  /// The HTTP status.
  public let status: Int
  /// Twilio's own error code, if the answer had one (<https://www.twilio.com/docs/api/errors>).
  public let code: Int?
  /// Twilio's id of the request (`Twilio-Request-Id`), to quote to its support.
  public let requestID: String?

  /// Collects the parts of an answer.
  public init(status: Int, code: Int?, requestID: String?) {
    self.status = status
    self.code = code
    self.requestID = requestID
  }

  /// Status and code, such as `401/20003`, and the request's id.
  public var description: String {
    var text = "\(status)"
    if let code { text += "/\(code)" }
    if let requestID { text += ", request \(requestID)" }
    return text
  }
}

extension TokenRotationError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Code, sentence, Twilio's answer, outcome, cause and location, on one line.
  public var description: String {
    var text = "\(code.rawValue): \(message)"
    if let answer { text += " [Twilio answered \(answer)]" }
    if outcome != .notApplied { text += " [outcome \(outcome.rawValue)]" }
    if let causeDescription { text += " [cause \(causeDescription)]" }
    return text + " (\(location))"
  }

  /// The same as ``description``.
  public var debugDescription: String { description }

  /// The parts as ``description`` shows them: reflecting an error must not reach into a foreign cause.
  public var customMirror: Mirror {
    Mirror(
      self,
      children: [
        "code": code.rawValue, "message": message, "outcome": outcome.rawValue,
        "cause": causeDescription ?? "none", "location": location.description,
      ])
  }

  private var causeDescription: String? {
    switch cause {
    case nil: nil
    case let own as TokenRotationError: own.description
    case let own as TransportError: own.description
    case .some(let foreign): String(describing: type(of: foreign))
    }
  }
}
