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
  var answer = Answer(bodySizeLimit: 0)
  /// Set as soon as libcurl is about to send.
  var requestMayHaveLeft = false
  /// Whether the request goes over TLS.
  private(set) var isSecure = false
  private(set) var deadline = ContinuousClock.now
  private(set) var ticket: Ticket?
  /// Where it stands among the running ones; for the event loop only.
  var position = 0

  private let lastEnding = Lock(Ending.unavailable)
  private var headerLines: HeaderList?
  private var continuation: CheckedContinuation<Void, Never>?

  init(_ configuration: CurlTransport.Configuration) throws(CurlError) {
    handle = try EasyHandle()
    try handle.apply(configuration)
    try unsafe handle.report(to: Unmanaged.passUnretained(self).toOpaque())
  }

  /// Sets up the next request; after an error the transfer must not be used again.
  func prepare(
    _ request: TransportRequest, as checked: CheckedRequest, proxy: CurlTransport.Configuration.Proxy
  ) throws(CurlError) {
    let lines = HeaderList()
    for line in checked.headerLines { try lines.append(line) }
    try handle.apply(checked, of: request, headerLines: lines)
    if proxy == .environment {
      try handle.set(CURLOPT_PROXY, checked.authority.isLoopback ? "" : nil)
    }
    headerLines = lines
    isSecure = checked.isSecure
    answer.reset(bodySizeLimit: max(0, request.responseSizeLimit))
    requestMayHaveLeft = false
  }

  /// Notes who waits for the transfer, and until when.
  func begin(_ ticket: Ticket, deadline: ContinuousClock.Instant, continuation: CheckedContinuation<Void, Never>) {
    self.ticket = ticket
    self.deadline = deadline
    self.continuation = continuation
  }

  /// How the last request came to its end; to be read before anything else of it.
  var ending: Ending { lastEnding.withLock { $0 } }

  /// Gives the transfer back to the task that waits for it.
  func end(_ ending: Ending) {
    ticket = nil
    let continuation = continuation.take()
    lastEnding.withLock { $0 = ending }
    continuation?.resume()
  }

  /// Takes everything of the request back from the handle, the credentials above all.
  func forget() throws(CurlError) {
    try handle.forgetRequest()
    headerLines = nil
    answer.reset(bodySizeLimit: 0)
  }
}
