import CTokenRotationCurl
import Synchronization
import TokenRotationCore

/// Stands for one request where it may have to be found again to be cancelled.
final class Ticket: Sendable {
  private let cancelled = Atomic(false)

  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  func cancel() { cancelled.store(true, ordering: .releasing) }
}

/// An easy handle and the request that it is busy with, one after the other.
// Unchecked, because it is handed on rather than shared: the task that sends owns it until it puts it into the mailbox,
// the event loop from there until it resumes the continuation, then again the task, which gives it back to the pool.
// The mailbox's lock orders the one hand-over, the lock around the ending the other.
@safe
final class Transfer: @unchecked Sendable {
  /// How a transfer came to its end.
  enum Ending: Equatable, Sendable {
    /// libcurl is through with it, well or badly.
    case finished(CURLcode)
    /// The task was cancelled.
    case cancelled
    /// The deadline passed.
    case overdue
    /// The transport was shut down, or its thread failed.
    case unavailable
  }

  let handle: EasyHandle
  /// Set as soon as libcurl is about to send.
  var requestMayHaveLeft = false
  /// Whether the request goes over TLS.
  private(set) var isSecure = false
  /// Host and port that the handle's URL has, if that is all it has; otherwise nil.
  private var authority: String?
  private(set) var deadline = ContinuousClock.now
  private(set) var ticket: Ticket?
  /// Where it stands among the running ones; for the event loop only.
  var position = 0

  private let lastEnding = Lock(Ending.unavailable)
  private let headerLines = HeaderList()
  private let answerPlace = AnswerPlace()
  private var fieldNames = FieldNames()
  private var continuation: CheckedContinuation<Void, Never>?

  init(_ configuration: CurlTransport.Configuration) throws(CurlError) {
    handle = try EasyHandle()
    try handle.apply(configuration)
    try unsafe handle.report(to: Unmanaged.passUnretained(self).toOpaque(), answer: answerPlace.pointer)
  }

  /// What has come back so far.
  var answer: Answer { unsafe answerPlace.pointer.pointee }

  /// Makes a response of the answer; nil if that is none of HTTP.
  func readAnswer() -> TransportResponse? {
    let answer = answer
    guard answer.hasHead, let head = fieldNames.parse(answer.head) else { return nil }
    return TransportResponse(head: head, body: answer.body)
  }

  /// Sets up the next request; after an error the transfer must not be used again.
  func prepare(
    _ request: TransportRequest, as checked: CheckedRequest, _ configuration: CurlTransport.Configuration
  ) throws(CurlError) {
    headerLines.fill(checked, credentials: request.credentials, userAgent: configuration.userAgent)
    try handle.apply(checked, of: request, headerLines: headerLines)
    if configuration.proxy == .environment {
      try handle.set(CURLOPT_PROXY, checked.isLoopback ? "" : nil)
    }
    // Through TLS no proxy reads anything.
    if checked.isSecure || configuration.proxy == .none {
      if !isSetUp(for: checked) { try handle.set(CURLOPT_URL, checked.origin + "/") }
      try handle.set(CURLOPT_REQUEST_TARGET, checked.path)
      authority = checked.authority
    } else {
      try handle.set(CURLOPT_URL, checked.origin + checked.path)
      try handle.set(CURLOPT_REQUEST_TARGET, nil as String?)
      authority = nil
    }
    isSecure = checked.isSecure
    unsafe answerPlace.pointer.pointee.reset(bodySizeLimit: max(0, request.responseSizeLimit))
    requestMayHaveLeft = false
  }

  /// Whether the handle has this request's origin from the one before.
  private func isSetUp(for checked: CheckedRequest) -> Bool {
    isSecure == checked.isSecure && authority == checked.authority
  }

  /// Notes who waits for the transfer, and until when.
  func begin(_ ticket: Ticket, deadline: ContinuousClock.Instant, continuation: CheckedContinuation<Void, Never>) {
    self.ticket = ticket
    self.deadline = deadline
    self.continuation = continuation
  }

  /// How the last request came to its end; to be read before anything else of it.
  var ending: Ending { lastEnding.withLock { $0 } }

  /// Gives the transfer back to the task that waits for it, which goes on as soon as what is returned is resumed.
  func end(_ ending: Ending) -> CheckedContinuation<Void, Never>? {
    ticket = nil
    let continuation = continuation.take()
    lastEnding.withLock { $0 = ending }
    return continuation
  }

  /// Takes everything of the request back from the handle, the credentials above all.
  func forget() throws(CurlError) {
    try handle.forgetRequest()
    headerLines.clear()
    unsafe answerPlace.pointer.pointee.reset(bodySizeLimit: 0)
  }
}

/// Where an answer is kept, at an address: what libcurl calls for each line and piece then counts no references.
@safe
private final class AnswerPlace {
  let pointer = UnsafeMutablePointer<Answer>.allocate(capacity: 1)

  init() { unsafe pointer.initialize(to: Answer(bodySizeLimit: 0)) }

  deinit {
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }
}
