import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// A server that stops saying anything, at each stage: the request ends by its deadline or by its task, and says whether
/// it can have arrived.
@Suite(.timeLimit(.minutes(1))) struct HangingTests {
  /// On a busy machine a short deadline may pass before the stage, so it grows until it does not.
  @Test(arguments: HangingStage.all, [true, false]) func theDeadlineEndsIt(_ stage: HangingStage, mayBeSentAgain: Bool)
    async throws
  {
    var deadline = Duration.milliseconds(150)
    let transport = try makeTransport()
    while !Task.isCancelled {
      let reached = Signal()
      let server = try stage.server(reached: reached)
      let request = stage.request(server.authority, deadline: deadline, mayBeSentAgain: mayBeSentAgain)
      let outcome = await Outcome.of(request, over: transport)
      if reached.isSent { return #expect(outcome == .failure(.timedOut, stage.delivery)) }
      deadline *= 2
    }
  }

  @Test(arguments: HangingStage.all, [true, false]) func cancellingEndsIt(_ stage: HangingStage, mayBeSentAgain: Bool)
    async throws
  {
    let reached = Signal()
    let left = Signal()
    let server = try stage.server(reached: reached, left: left)
    let transport = try makeTransport()
    let task = Task {
      await Outcome.of(stage.request(server.authority, mayBeSentAgain: mayBeSentAgain), over: transport)
    }
    await reached.wait()
    task.cancel()
    #expect(await task.value == .cancelled)
    await left.wait()
  }

  /// Never accepted: the system takes one or two connections by itself, and leaves all others without an answer.
  @Test(arguments: [true, false]) func nobodyAccepts(mayBeSentAgain: Bool) async throws {
    let (listener, port) = try Socket.listening(backlog: 0)
    let first = try Socket.connected(toPort: port)
    defer {
      first.close()
      listener.close()
    }
    let request = makeRequest(.post, "127.0.0.1:\(port)", deadline: .milliseconds(200), mayBeSentAgain: mayBeSentAgain)
    let timedOut = Outcome.failure(.timedOut, .notSent)
    #expect(await Outcome.of(request, over: try makeTransport()) == timedOut)
    let impatient = try makeTransport { $0.connectTimeout = .milliseconds(200) }
    let patient = makeRequest(.post, "127.0.0.1:\(port)", mayBeSentAgain: mayBeSentAgain)
    #expect(await Outcome.of(patient, over: impatient) == timedOut)
  }

  /// The server never says its part of the TLS handshake, so the connection never comes up.
  @Test func theConnectTimeoutCoversTLS() async throws {
    let server = try RawServer { await $0.waitForEnd() }
    let transport = try makeTransport { $0.connectTimeout = .milliseconds(100) }
    let request = makeRequest(.post, server.authority, scheme: "https")
    #expect(await Outcome.of(request, over: transport) == .failure(.timedOut, .notSent))
  }
}
