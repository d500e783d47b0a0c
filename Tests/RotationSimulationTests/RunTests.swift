import LoopbackSupport
import Synchronization
import Testing

@testable import RotationSimulation

@Suite("Simulated runs of the real driver, on an executor that a seed decides")
struct RunTests {
  @Test func nothingIsLost() async throws {
    let campaign = try await BlockingThread.run { try Campaign(seeds: 100, first: 1_000_000, threads: 1) }
    #expect(campaign.failing.isEmpty && campaign.lost == 0)
    #expect(campaign.tally.promotions > 100 && campaign.tally.crashes > 30 && campaign.tally.faults > 300)
  }

  @Test func theSameSeedTakesTheSameCourse() async throws {
    let (one, same, other) = try await BlockingThread.run {
      let traces = try [4711, 4711, 4712].map { try Run(seed: $0, keepsTrace: true).trace }
      return (traces[0], traces[1], traces[2])
    }
    #expect(one == same && one.count > 20)
    #expect(one != other)
    let digests = try await BlockingThread.run {
      try (1...2).map { try Campaign(seeds: 20, first: 1, threads: $0).digest }
    }
    #expect(digests[0] == digests[1])
  }

  @Test func everyCellOfTheMatrixEndsWell() async throws {
    #expect(try await BlockingThread.run { try MatrixMode.run() })
  }

  @Test func aJobFromElsewhereIsSeen() async {
    let executor = DeterministicExecutor(seed: 1)
    let log = Log()
    Threads.run(1) { _ in
      Task(executorPreference: executor) { log.append(1) }
    }
    executor.run()
    #expect(log.numbers == [1])
    #expect(executor.strayJobs == 1)
  }

  @Test func timePassesOnlyWhenNobodyHasAnythingToDo() {
    let executor = DeterministicExecutor(seed: 1)
    let log = Log()
    for seconds in [3, 1, 2] {
      Task(executorPreference: executor) {
        try? await executor.sleep(for: .seconds(seconds))
        log.append(seconds)
      }
    }
    executor.run()
    #expect(log.numbers == [1, 2, 3])
    #expect(executor.uptime == .seconds(3))
  }
}

private final class Log: Sendable {
  private let state = Mutex<[Int]>([])
  var numbers: [Int] { state.withLock { $0 } }
  func append(_ number: Int) { state.withLock { $0.append(number) } }
}
