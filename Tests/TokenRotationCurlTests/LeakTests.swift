import CInterposition
import Foundation
import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

@Suite(.timeLimit(.minutes(2))) struct LeakTests {
  @Test func aThousandCancelledRequestsLeaveNothing() async throws {
    try await alone {
      // The first round makes what stays for good: libcurl's and OpenSSL's tables, Swift's threads.
      try await Cancelling.round(requests: 100)
      await Cancelling.expect("handles of the first round") { liveEasyHandles() == 0 }
      let before = Cancelling.descriptors
      try await Cancelling.round(requests: 1000)
      await Cancelling.expect("handles") { liveEasyHandles() == 0 }
      await Cancelling.expect("descriptors, \(before) before and now \(Cancelling.descriptors)") {
        // Fewer if threads of the first round were still at their end.
        Cancelling.descriptors <= before
      }
    }
  }
}

/// Cancels requests at every stage that they have.
private enum Cancelling {
  static var descriptors: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count) ?? -1
  }

  static func round(requests: Int) async throws {
    let arrivals = Lock<[String: Signal]>([:])
    let server = try RawServer { connection in
      if let request = try await connection.readRequest() {
        arrivals.withLock { $0[request.path] }?.send()
      }
      await connection.waitForEnd()
    }
    let lookup = HangingLookup()
    weak var dropped: CurlTransport?
    do {
      let transport = try makeTransport()
      dropped = transport
      for batch in stride(from: 0, to: requests, by: 50) {
        await withTaskGroup(of: Outcome.self) { group in
          for number in batch..<(batch + 50) {
            let arrived = Signal()
            arrivals.withLock { $0["/\(number)"] = arrived }
            group.addTask {
              await cancelled(number, server: server.authority, lookup: lookup, arrived: arrived, transport)
            }
          }
          for await outcome in group { #expect(outcome == .cancelled) }
        }
      }
      // Those that wait for the next request: no more than the transport keeps.
      #expect(liveEasyHandles() <= 64)
      lookup.release()
      await transport.shutdown()
    }
    #expect(dropped == nil)
    await server.end()
    await expect("look-ups") { lookup.hanging == 0 }
  }

  private static func cancelled(
    _ number: Int, server: String, lookup: HangingLookup, arrived: Signal, _ transport: CurlTransport
  ) async -> Outcome {
    let stage = number % 5
    let request = makeRequest(
      .post, stage == 4 ? lookup.name : server, "/\(number)", scheme: stage == 3 ? "https" : "http",
      mayBeSentAgain: number.isMultiple(of: 2))
    let task = Task { await Outcome.of(request, over: transport) }
    switch stage {
    case 0: break
    case 2: await arrived.wait()
    case 4: await lookup.begun.wait()
    default: for _ in 0..<(number % 60) { await Task.yield() }
    }
    task.cancel()
    return await task.value
  }

  /// Threads that libcurl left to themselves and sockets of the server end a moment later.
  static func expect(_ what: String, _ isSo: () -> Bool) async {
    let end = ContinuousClock.now.advanced(by: .seconds(20))
    while !isSo(), ContinuousClock.now < end { await Task.yield() }
    #expect(isSo(), "\(what)")
  }
}
