import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

@Suite(.timeLimit(.minutes(1))) struct LifetimeTests {
  @Test func aTaskCancelledBeforeSendsNothing() async throws {
    let server = try RawServer { await $0.waitForEnd() }
    let transport = try makeTransport()
    let outcome = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await Outcome.of(makeRequest(.post, server.authority), over: transport)
    }.value
    #expect(outcome == .cancelled)
    #expect(server.acceptedConnections == 0)
  }

  @Test func cancellingEndsTheTransferAndItsConnection() async throws {
    let received = Signal()
    let closed = Signal()
    let server = try RawServer { connection in
      _ = try await connection.readRequest()
      received.send()
      await connection.waitForEnd()
      closed.send()
    }
    let transport = try makeTransport()
    let task = Task { await Outcome.of(makeRequest(.post, server.authority), over: transport) }
    await received.wait()
    task.cancel()
    #expect(await task.value == .cancelled)
    await closed.wait()
  }

  /// Cancellation meets the transfer at every stage: waiting in the mailbox, connecting, sent, answered.
  @Test func cancellingAtAnyMomentEndsInOneOfTwoWays() async throws {
    let server = try LoopbackServer { _ in TransportResponse(head: .init(status: .ok)) }
    let transport = try makeTransport()
    let outcomes = await withTaskGroup(of: Outcome.self) { group in
      for number in 0..<400 {
        group.addTask {
          let method: HTTPRequest.Method = number.isMultiple(of: 2) ? .get : .post
          let task = Task { await Outcome.of(makeRequest(method, server.authority), over: transport) }
          for _ in 0..<(number % 50) { await Task.yield() }
          task.cancel()
          return await task.value
        }
      }
      return await group.reduce(into: [Outcome]()) { $0.append($1) }
    }
    #expect(outcomes.allSatisfy { $0 == .cancelled || $0 == .answer(200) })
    #expect(outcomes.count == 400)
    #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
  }

  /// The server sees the kept connection end, so the thread that kept it has ended.
  @Test(arguments: [0, 1, 20]) func droppingTheTransportEndsItsThread(requests: Int) async throws {
    let ends = Lock(0)
    let allEnded = Signal()
    let server = try RawServer { connection in
      while try await connection.readRequest() != nil {
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
      ends.withLock { $0 += 1 }
      allEnded.send()
    }
    weak var dropped: CurlTransport?
    do {
      let transport = try makeTransport()
      dropped = transport
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<requests {
          group.addTask {
            #expect(await Outcome.of(makeRequest(.get, server.authority), over: transport) == .answer(200))
          }
        }
      }
    }
    #expect(dropped == nil)
    if requests > 0 { await allEnded.wait() }
  }

  @Test func shuttingDownEndsEveryTransferWithAnError() async throws {
    let arrived = Lock(0)
    let allArrived = Signal()
    let server = try RawServer { connection in
      _ = try await connection.readRequest()
      let count = arrived.withLock { arrived in
        arrived += 1
        return arrived
      }
      if count == 20 { allArrived.send() }
      await connection.waitForEnd()
    }
    let transport = try makeTransport()
    await withTaskGroup(of: Outcome.self) { group in
      for _ in 0..<20 {
        group.addTask { await Outcome.of(makeRequest(.get, server.authority), over: transport) }
      }
      await allArrived.wait()
      await transport.shutdown()
      for await outcome in group { #expect(outcome == .failure(.unavailable, .maybeSent)) }
    }
    #expect(
      await Outcome.of(makeRequest(.get, server.authority), over: transport) == .failure(.unavailable, .notSent))
    await transport.shutdown()
  }

  @Test func shuttingDownWhileRequestsComeLosesNone() async throws {
    let server = try LoopbackServer { _ in TransportResponse(head: .init(status: .ok)) }
    for round in 0..<20 {
      let transport = try makeTransport()
      let count = await withTaskGroup(of: Outcome.self) { group in
        for _ in 0..<30 {
          group.addTask { await Outcome.of(makeRequest(.get, server.authority), over: transport) }
        }
        for _ in 0..<(round * 3) { await Task.yield() }
        await transport.shutdown()
        return await group.reduce(into: 0) { count, outcome in
          switch outcome {
          case .answer(200), .failure(.unavailable, _): count += 1
          default: Issue.record("\(outcome)")
          }
        }
      }
      #expect(count == 30)
    }
  }
}
