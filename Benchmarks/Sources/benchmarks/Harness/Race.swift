/// Runs a contest: all contenders take turns in every round, so that whatever else the machine does hits them alike.
struct Race {
  private struct Runner {
    let name: String
    let workload: any Workload
    var count = 1
    var figures: [Double] = []
  }

  private let contest: Contest
  private let peers: [Contest.Peer]
  private var runners: [Runner] = []

  /// Runs a contest against some of its peers, and prints a line for each.
  static func run(_ contest: Contest, against peers: [Contest.Peer]) async throws {
    var race = Race(contest: contest, peers: peers)
    do {
      try await race.run()
      try await race.report()
    } catch {
      try? await race.finish()
      throw error
    }
    try await race.finish()
  }

  private init(contest: Contest, peers: [Contest.Peer]) {
    self.contest = contest
    self.peers = peers
  }

  private mutating func run() async throws {
    for contender in [contest.ours] + peers.map(\.contender) {
      runners.append(Runner(name: contender.name, workload: try await contender.prepare()))
      if let turn = contest.turn { try await warmUp(runners.count - 1, turn) }
    }
    for round in 0..<contest.rounds {
      // Somebody else begins each time, so that nobody always follows the same one.
      for offset in runners.indices { try await takeTurn((round + offset) % runners.count) }
    }
  }

  private mutating func takeTurn(_ index: Int) async throws {
    let runner = runners[index]
    runners[index].figures.append(try await runner.workload.figure(of: runner.count, in: contest.unit))
  }

  private func time(_ runner: Runner) async throws -> Duration {
    let clock = ContinuousClock()
    let start = clock.now
    try await runner.workload.run(runner.count)
    return start.duration(to: clock.now)
  }

  /// Opens connections and fills caches, and finds out how many operations make a turn.
  private mutating func warmUp(_ index: Int, _ turn: Duration) async throws {
    var duration = try await time(runners[index])
    while duration < turn {
      // At most tenfold at a time, as the first operations take longer than all others.
      let factor = min(10, max(1.2, turn / max(duration, .nanoseconds(1))))
      runners[index].count = Int((Double(runners[index].count) * factor).rounded(.up))
      duration = try await time(runners[index])
    }
  }

  private func finish() async throws {
    for runner in runners { try await runner.workload.finish() }
  }

  private func report() async throws {
    let ours = runners[0]
    for (peer, runner) in zip(peers, runners.dropFirst()) {
      // Of the rounds' ratios rather than of the medians: what slows a round down slows both sides of it.
      let ratio = median(zip(ours.figures, runner.figures).map { $0 / $1 })
      Report.say(
        Report.line(
          contest.lineName(peer), contest.unit, ours: median(ours.figures), peer: median(runner.figures), ratio: ratio,
          bound: peer.bound))
    }
    for runner in runners {
      for remark in try await runner.workload.remarks() {
        Report.say("note: \(contest.name): \(runner.name): \(remark)")
      }
    }
  }
}

/// The one in the middle; of an even number, the mean of the two.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
