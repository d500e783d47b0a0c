import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// Name look-ups that hang: libcurl does them in threads of their own, and nobody may wait for those.
@Suite(.timeLimit(.minutes(1))) struct LookupTests {
  enum Ending: CaseIterable {
    case cancelled, deadline, connectTimeout
  }

  @Test(arguments: Ending.allCases, [true, false])
  func aHangingLookupHoldsUpNobody(ending: Ending, mayBeSentAgain: Bool) async throws {
    let server = try LoopbackServer { _ in TransportResponse(head: .init(status: .ok)) }
    var limit = Duration.milliseconds(200)
    while !Task.isCancelled {
      let lookup = HangingLookup()
      defer { lookup.release() }
      let transport = try makeTransport { $0.connectTimeout = ending == .connectTimeout ? limit : .seconds(60) }
      let request = makeRequest(
        .post, lookup.name, deadline: ending == .deadline ? limit : .seconds(60), mayBeSentAgain: mayBeSentAgain)
      let task = Task { await Outcome.of(request, over: transport) }
      if ending == .cancelled {
        await lookup.begun.wait()
        await expectAnswers(server, transport)
        task.cancel()
      }
      let outcome = await task.value
      await expectAnswers(server, transport)
      let hanging = lookup.hanging
      await transport.shutdown()
      guard lookup.begun.isSent else {
        // The time was up before the look-up began, on a busy machine.
        limit *= 2
        continue
      }
      #expect(outcome == (ending == .cancelled ? .cancelled : .failure(.timedOut, .notSent)))
      #expect(hanging == 1)
      #expect(lookup.hanging == 1, "Shutting down waited for it")
      return
    }
  }

  @Test func aLookupThatFailsAfterAllIsNamed() async throws {
    let lookup = HangingLookup()
    let transport = try makeTransport()
    async let outcome = Outcome.of(makeRequest(.post, lookup.name), over: transport)
    await lookup.begun.wait()
    lookup.release()
    #expect(await outcome == .failure(.nameNotResolved, .notSent))
  }

  private func expectAnswers(_ server: LoopbackServer, _ transport: CurlTransport) async {
    await withTaskGroup(of: Outcome.self) { group in
      for number in 0..<20 {
        let method: HTTPRequest.Method = number.isMultiple(of: 4) ? .post : .get
        group.addTask { await Outcome.of(makeRequest(method, server.authority), over: transport) }
      }
      for await outcome in group { #expect(outcome == .answer(200)) }
    }
  }
}
