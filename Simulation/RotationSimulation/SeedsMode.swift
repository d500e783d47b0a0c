/// `simulate --seeds N [--first S] [--threads T] [--trace]`: runs from seeds, and what came of them.
public enum SeedsMode {
  /// From how many runs on every fault has to have come in every state.
  private static let enoughForAll = 20_000

  /// Runs and prints.
  ///
  /// - Parameters:
  ///   - count: How many seeds.
  ///   - first: The first one.
  ///   - threads: On how many threads.
  ///   - printsTraces: Whether every run's course is printed rather than a failing one's.
  /// - Returns: Whether all was well.
  public static func run(seeds count: Int, first: UInt64, threads: Int, printsTraces: Bool) throws -> Bool {
    if printsTraces {
      for seed in first..<first + UInt64(count) {
        print("seed \(seed)")
        for line in try Run(seed: seed, keepsTrace: true).trace { print("  \(line)") }
      }
    }
    let campaign = try Campaign(seeds: count, first: first, threads: threads)
    print("faults, by what the record said when they came")
    for line in campaign.tally.lines { print(line) }
    let missing = count < enoughForAll ? [] : campaign.tally.missing
    for fault in missing { print("never: \(fault)") }
    if let seed = campaign.failing.first {
      let run = try Run.shortest(seed: seed)
      print("seed \(seed), the shortest way found: \(run.violations.first ?? "")")
      for line in run.trace { print("  \(line)") }
      print("failing seeds: \(campaign.failing.prefix(20).map(String.init).joined(separator: " "))")
    }
    print(
      "presumed_ours: \(campaign.tally.presumedOurs)  quarantined: \(campaign.quarantined)  digest: \(campaign.digest)")
    print(
      "simulate: seeds=\(campaign.seeds) rotations=\(campaign.tally.promotions) crashes=\(campaign.tally.crashes) "
        + "faults=\(campaign.tally.faults) lost=\(campaign.lost) violations=\(campaign.failing.count)")
    return campaign.failing.isEmpty && campaign.lost == 0 && missing.isEmpty
  }
}
