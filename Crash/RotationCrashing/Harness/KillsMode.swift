import TokenRotation
import TokenRotationSimulator

/// `crash --store S --kills N`: workers are killed at random moments, and what they leave behind is judged.
package enum KillsMode {
  /// From how many kills on every state of a rotation has to have been hit often.
  private static let enoughForAll = 200

  /// Runs and prints.
  ///
  /// - Parameters:
  ///   - kills: How many.
  ///   - lanes: How many providers there are, each with a worker of its own, on the one store.
  ///   - seed: Decides the moments and what workers do; where a process is at such a moment, the machine decides.
  ///   - site: Where.
  /// - Returns: Whether all was well.
  package static func run(kills: Int, lanes: Int, seed: UInt64, at site: Site) async throws -> Bool {
    let start = ContinuousClock.now
    let progress = KillProgress(kills: kills)
    let providers = try await site.register(lanes)
    let serverKiller = Task {
      var random = SeededRandomNumberGenerator(seed: seed)
      while site.store.isServer {
        try await Task.sleep(for: .milliseconds(Int.random(in: 500...5000, using: &random)))
        try await Task { try await progress.withServerDown { try await site.store.killServer() } }.value
      }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, provider) in providers.enumerated() {
        group.addTask {
          var lane = KillLane(
            site: site, provider: provider, progress: progress,
            random: SeededRandomNumberGenerator(seed: seed &* 1000 &+ UInt64(number)))
          try await lane.run()
        }
      }
      try await group.waitForAll()
    }
    serverKiller.cancel()
    _ = await serverKiller.result
    let tally = progress.tally
    for line in tally.lines { print(line) }
    if site.store.isServer { print("  the server killed: \(progress.serverState.kills) times") }
    let neglected = kills < enoughForAll ? [] : tally.neglected
    for phase in neglected { print("  hit in less than one of twenty kills: \(phase.rawValue)") }
    print("  \(lanes) workers at a time, seed \(seed), \(start.duration(to: .now).components.seconds) s")
    print("crash: store=\(site.store.name) kills=\(tally.kills) lost=\(tally.lost) stuck=\(tally.stuck)")
    return tally.lost == 0 && tally.stuck == 0 && tally.kills == kills && neglected.isEmpty
  }
}
