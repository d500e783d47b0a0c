import CTokenRotationCurl
public import TokenRotationCore

/// Sends requests with libcurl: the transport that `TwilioProviders` uses unless it is given another.
///
/// All transfers run on one thread of the transport's own, so a host makes one transport and shares it. Connections are
/// kept and shared, over HTTP/2 where the server has it, by requests that may be sent again. Each of the others takes a
/// connection of its own, because libcurl repeats silently what it sent on a used connection that turns out to be dead.
///
/// TLS is 1.2 or later and always verified. Redirects are not followed, no cookie is kept, no `.netrc` read, nothing
/// printed. Credentials go over https only, or over http to this machine itself.
///
/// Nobody has to shut it down: when the last reference goes, its thread and its connections go too.
/// ```swift
/// var configuration = CurlTransport.Configuration()
/// configuration.connectTimeout = .seconds(5)
/// let transport = try CurlTransport(configuration: configuration)
/// ```
public final class CurlTransport: HTTPTransport, Sendable {
  private let configuration: Configuration
  private let mailbox: Mailbox
  private let idle = Lock<[Transfer]>([])

  /// Makes a transport and starts its thread.
  ///
  /// - Parameter configuration: The same for all requests.
  /// - Throws: `TokenRotationError` with the code `configurationInvalid` for a setting that cannot work, `TransportError`
  ///   with the reason `unavailable` if libcurl is too old or the system has no thread to give.
  public init(configuration: Configuration = .init()) throws {
    try configuration.check()
    self.configuration = configuration
    do {
      try LibCurl.initialize()
      let multi = try MultiHandle()
      try multi.set(CURLMOPT_MAXCONNECTS, configuration.maximumIdleConnections)
      try multi.set(CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost ?? 0)
      try multi.set(CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections ?? 0)
      mailbox = Mailbox(waking: multi)
      // A first handle now rather than with the first request: a setting that libcurl refuses shows here.
      let first = try Transfer(configuration)
      idle.withLock { $0.append(first) }
    } catch let error as CurlError {
      throw TransportError(.unavailable, delivery: .notSent, detail: error.text)
    } catch let error as CurlMultiError {
      throw TransportError(.unavailable, delivery: .notSent, detail: error.text)
    }
    guard EventLoop.start(serving: mailbox) else {
      throw TransportError(.unavailable, delivery: .notSent, detail: "No thread could be started")
    }
  }

  deinit {
    // Not waited for: the last reference may go on the very thread that is to end.
    mailbox.close()
  }

  /// Sends a request and waits for the whole answer.
  ///
  /// - Throws: `TransportError`, `CancellationError` if the task was cancelled.
  public func send(_ request: TransportRequest) async throws -> TransportResponse {
    try Task.checkCancellation()
    let checked = try CheckedRequest(request, proxyIsLoopback: configuration.keepsLoopbackTraffic)
    guard request.deadline > .zero else {
      throw TransportError(.timedOut, delivery: .notSent, detail: CurlError(code: CURLE_OPERATION_TIMEDOUT).text)
    }
    // A year stands for ever, and can be added to the time without overflow.
    let deadline = ContinuousClock.now.advanced(by: min(request.deadline, .seconds(31_536_000)))
    let transfer = try takeTransfer(for: request, checked)
    let ticket = Ticket()
    let mailbox = mailbox
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.begin(ticket, deadline: deadline, continuation: continuation)
        if !mailbox.start(transfer) { transfer.end(.unavailable) }
      }
    } onCancel: {
      ticket.cancel()
      mailbox.cancel(ticket)
    }
    defer { giveBack(transfer) }
    return try transfer.response()
  }

  /// Ends the transport: transfers that still run fail, later ones are refused with the reason `unavailable`.
  ///
  /// Not needed, but it says when: after it, the transport's thread and its connections are gone. It may be called
  /// more than once.
  public func shutdown() async {
    mailbox.close()
    await mailbox.waitForEnd()
  }

  private func takeTransfer(
    for request: TransportRequest, _ checked: CheckedRequest
  ) throws(TransportError) -> Transfer {
    do throws(CurlError) {
      let transfer = if let used = idle.withLock({ $0.popLast() }) { used } else { try Transfer(configuration) }
      try transfer.prepare(request, as: checked, proxy: configuration.proxy)
      return transfer
    } catch {
      throw TransportError(settingUp: error)
    }
  }

  private func giveBack(_ transfer: Transfer) {
    // One that cannot be cleared holds credentials: it is released instead.
    guard (try? transfer.forget()) != nil else { return }
    idle.withLock { idle in
      if idle.count < configuration.maximumIdleConnections { idle.append(transfer) }
    }
  }
}
