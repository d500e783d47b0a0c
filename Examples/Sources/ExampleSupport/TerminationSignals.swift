import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Waits until the program is asked to end, by SIGINT or SIGTERM, so that it can do so in good order.
///
/// - Parameter limit: After which it returns in any case; nil for never.
public func waitForTermination(atMost limit: Duration? = nil) async {
  let (received, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  let sources = [SIGINT, SIGTERM].map { number in
    // Else the signal would end the process before anyone is told.
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number)
    source.setEventHandler { continuation.yield() }
    source.activate()
    return source
  }
  await withTaskGroup { group in
    group.addTask { for await _ in received { break } }
    if let limit { group.addTask { try? await Task.sleep(for: limit) } }
    await group.next()
    group.cancelAll()
  }
  for source in sources { source.cancel() }
}
