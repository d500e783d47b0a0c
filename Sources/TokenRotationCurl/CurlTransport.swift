import CTokenRotationCurl
public import TokenRotationCore

/// Sends requests with libcurl: the transport that `TwilioProviders` uses unless it is given another.
///
/// All transfers run on two threads of the transport's own, so a host makes one transport and shares it. Connections are
/// kept and shared, over HTTP/2 where the server has it, by requests that may be sent again. Each of the others takes a
/// connection of its own, because libcurl repeats silently what it sent on a used connection that turns out to be dead.
///
/// TLS is 1.2 or later and always verified. Redirects are not followed, no cookie is kept, no `.netrc` read, nothing
/// printed. Credentials go over https only, or over http to this machine itself.
///
/// Nobody has to shut it down: when the last reference goes, its threads and its connections go too.
/// ```swift
/// var configuration = CurlTransport.Configuration()
/// configuration.connectTimeout = .seconds(5)
/// let transport = try CurlTransport(configuration: configuration)
/// ```
public final class CurlTransport: HTTPTransport, Sendable {
  private let configuration: Configuration
  /// Takes what may be sent again.
  private let sharing: TransferEngine
  /// Takes what may not, and knows none of the connections of the other.
  ///
  /// With one set of connections for both, libcurl 7.88.1 puts a request onto a connection that is still busy with
  /// another one of HTTP/1.1, once it has seen the host speak HTTP/2: then answers are swapped, and the request that was
  /// there first counts as one on a used connection and is repeated.
  private let separate: TransferEngine
  private let idle = Lock<[Transfer]>([])

  /// Makes a transport and starts its threads.
  ///
  /// - Parameter configuration: The same for all requests.
  /// - Throws: `TokenRotationError` with the code `configurationInvalid` for a setting that cannot work, `TransportError`
  ///   with the reason `unavailable` if libcurl is too old or the system has no thread to give.
  public init(configuration: Configuration = .init()) throws {
    try configuration.check()
    self.configuration = configuration
    do {
      try LibCurl.initialize()
      sharing = try TransferEngine(configuration, isServedBySenders: true)
      separate = try TransferEngine(configuration, isServedBySenders: false)
      // A first handle now rather than with the first request: a setting that libcurl refuses shows here.
      let first = try Transfer(configuration)
      idle.withLock { $0.append(first) }
    } catch let error as CurlError {
      throw TransportError(.unavailable, delivery: .notSent, detail: error.text)
    } catch let error as CurlMultiError {
      throw TransportError(.unavailable, delivery: .notSent, detail: error.text)
    }
    guard sharing.startThread(), separate.startThread() else {
      throw TransportError(.unavailable, delivery: .notSent, detail: "No thread could be started")
    }
  }

  deinit {
    // Not waited for: the last reference may go on the very thread that is to end.
    sharing.close()
    separate.close()
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
    defer { giveBack(transfer) }
    await run(transfer, in: request.mayBeSentAgain ? sharing : separate, until: deadline)
    if request.mayBeSentAgain, transfer.prepareAgainIfLostWithOthers() {
      await run(transfer, in: separate, until: deadline)
    }
    return try transfer.response()
  }

  private func run(_ transfer: Transfer, in engine: TransferEngine, until deadline: ContinuousClock.Instant) async {
    let ticket = Ticket()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.begin(ticket, deadline: deadline, continuation: continuation)
        if !engine.start(transfer) { transfer.end(.unavailable)?.resume() }
      }
    } onCancel: {
      ticket.cancel()
      engine.cancel(ticket)
    }
  }

  /// Ends the transport: transfers that still run fail, later ones are refused with the reason `unavailable`.
  ///
  /// Not needed, but it says when: after it, the transport's threads and its connections are gone. It may be called
  /// more than once.
  public func shutdown() async {
    sharing.close()
    separate.close()
    await sharing.waitForEnd()
    await separate.waitForEnd()
  }

  private func takeTransfer(
    for request: TransportRequest, _ checked: CheckedRequest
  ) throws(TransportError) -> Transfer {
    do throws(CurlError) {
      let transfer = if let used = idle.withLock({ $0.popLast() }) { used } else { try Transfer(configuration) }
      try transfer.prepare(request, as: checked, configuration)
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
