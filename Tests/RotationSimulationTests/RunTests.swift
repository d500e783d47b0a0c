import Synchronization
import Testing

@testable import RotationSimulation

@Suite("Simulated runs of the real driver, on an executor that a seed decides")
struct RunTests {
  @Test func nothingIsLost() throws {
    let campaign = try Campaign(seeds: 300, first: 1_000_000, threads: 2)
    #expect(campaign.failing.isEmpty && campaign.lost == 0)
    #expect(campaign.tally.promotions > 300 && campaign.tally.crashes > 100 && campaign.tally.faults > 1000)
  }

  @Test func theSameSeedTakesTheSameCourse() throws {
    let traces = try (0..<2).map { _ in try Run(seed: 4711, keepsTrace: true).trace }
    #expect(traces[0] == traces[1] && traces[0].count > 20)
    #expect(try Run(seed: 4712, keepsTrace: true).trace != traces[0])
    let campaigns = try (1...2).map { try Campaign(seeds: 40, first: 1, threads: $0) }
    #expect(campaigns[0].digest == campaigns[1].digest)
  }

  @Test func everyCellOfTheMatrixEndsWell() throws {
    #expect(try MatrixMode.run())
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
