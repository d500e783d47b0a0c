import LoopbackSupport
import TokenRotation
import TokenRotationSimulator

/// `crash --store S --processes P`: living workers rotate the same providers, and none takes a record from another.
package enum SharingMode {
  /// Runs and prints.
  ///
  /// - Parameters:
  ///   - processes: How many workers.
  ///   - count: How many providers.
  ///   - rounds: How often each worker goes through all of them.
  ///   - stalls: How often, in all, a worker stands still for longer than its lease, and then goes on.
  ///   - seed: Decides the order in which each worker goes through the providers.
  ///   - site: Where.
  /// - Returns: Whether all was well.
  package static func run(
    processes: Int, providers count: Int, rounds: Int, stalls: Int, seed: UInt64, at site: Site
  ) async throws -> Bool {
    let start = ContinuousClock.now
    let timings = try CrashTimings.shared()
    let providers = try await site.register(count)
    let workers = try (0..<processes).map { number in
      try site.worker(
        .share, on: providers, seed: seed &* 1000 &+ UInt64(number), rounds: rounds,
        stalls: (stalls + number) / processes)
    }
    var lines: [String] = []
    for worker in workers {
      let output = await worker.standardOutput.all()
      let status = await worker.waitForEnd()
      guard status == 0 else {
        throw CrashFailure(
          "A worker ended with status \(status): \(output.last ?? "") \(await worker.standardError.all())")
      }
      lines += output
    }

    // Whom a stalled worker left with a rotation open, or in the hands of a person.
    try await finish(.resumeAll, providers, at: site)
    let quarantined = try await quarantined(of: providers, at: site)
    for provider in quarantined { try await finish(.person, [provider], at: site) }
    let history = TenureHistory(lines.compactMap { TenureWrite(line: $0) })
    let verdict = try await Verdict(of: providers, at: site)
    let living = history.living(lease: timings.lease)
    report(lines, history, quarantined.count)
    for takeover in living {
      print(
        "  taken over from the living: \(takeover.claim.provider), after \(takeover.stoodStill), "
          + "owner \(takeover.last.owner ?? "nobody") of process \(takeover.last.process)")
    }
    let rotations = lines.count { $0.hasPrefix("rotated ") }
    print("  \(rotations) rotations, seed \(seed), \(start.duration(to: .now).components.seconds) s")
    print(
      "crash: store=\(site.store.name) processes=\(processes) providers=\(count) lost=\(verdict.lost) "
        + "stuck=\(verdict.stuck) takeovers=\(history.takeovers.count) living=\(living.count) late=\(history.late.count)"
    )
    return verdict.lost == 0 && verdict.stuck == 0 && living.isEmpty && history.late.isEmpty && rotations >= count
  }

  private static func finish(
    _ operation: WorkerTask.Operation, _ providers: [Site.Provider], at site: Site
  ) async throws {
    await (try site.worker(operation, on: providers, seed: 0)).waitForEnd()
  }

  private static func quarantined(of providers: [Site.Provider], at site: Site) async throws -> [Site.Provider] {
    var quarantined: [Site.Provider] = []
    for provider in providers where try await site.look(at: provider).phase == .quarantined {
      quarantined.append(provider)
    }
    return quarantined
  }

  private static func report(_ lines: [String], _ history: TenureHistory, _ quarantined: Int) {
    let refusals = Dictionary(grouping: lines.filter { $0.hasPrefix("refused ") }) { $0.dropFirst(8) }
    for (code, lines) in refusals.sorted(by: { $0.key < $1.key }) { print("  refused, \(code): \(lines.count)") }
    print("  \(history.tenures) tenures, resumed by another process: \(lines.count { $0.hasPrefix("resumed ") })")
    if quarantined > 0 { print("  quarantined: \(quarantined); a person did what the explanation says") }
  }

  /// What became of the providers.
  private struct Verdict {
    var lost = 0
    var stuck = 0

    init(of providers: [Site.Provider], at site: Site) async throws {
      for provider in providers {
        let look = try await site.look(at: provider)
        if look.isLost { lost += 1 }
        if !look.isWell { stuck += 1 }
      }
    }
  }
}
