import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Many runs, one seed after the other, on several threads.
public struct Campaign: Sendable {
  /// What all runs counted.
  public private(set) var tally = Tally()
  /// How many runs there were.
  public private(set) var seeds = 0
  /// The seeds that broke something, ascending.
  public private(set) var failing: [UInt64] = []
  /// How many runs ended without a token that works.
  public private(set) var lost = 0
  /// How many runs ended in a quarantine.
  public private(set) var quarantined = 0
  /// A number that two campaigns have in common only if all their runs took the same course.
  public private(set) var digest: UInt64 = 0

  /// Runs seeds.
  ///
  /// - Parameters:
  ///   - count: How many.
  ///   - first: The first one.
  ///   - threads: On how many threads; what comes out does not depend on it.
  /// - Throws: If a run cannot be set up.
  public init(seeds count: Int, first: UInt64, threads: Int) throws {
    let shards = max(1, min(threads, count))
    let results = Mutex([Result<Campaign, any Error>]())
    Threads.run(shards) { shard in
      let result = Result {
        try Campaign(seeds: stride(from: shard, to: count, by: shards).lazy.map { first &+ UInt64($0) })
      }
      results.withLock { $0.append(result) }
    }
    self.init()
    for result in results.withLock({ $0 }) { add(try result.get()) }
    failing.sort()
  }

  private init() {}

  private init(seeds: some Sequence<UInt64>) throws {
    for seed in seeds {
      let run = try Run(seed: seed)
      self.seeds += 1
      tally.add(run.tally)
      if !run.violations.isEmpty { failing.append(seed) }
      if run.isLost { lost += 1 }
      if run.isQuarantined { quarantined += 1 }
      digest &+= run.digest
    }
  }

  private mutating func add(_ other: Campaign) {
    tally.add(other.tally)
    seeds += other.seeds
    failing += other.failing
    lost += other.lost
    quarantined += other.quarantined
    digest &+= other.digest
  }
}

extension Run {
  /// The run of a failing seed with as few faults as still make it fail, with its trace.
  public static func shortest(seed: UInt64) throws -> Run {
    var best = try Run(seed: seed, keepsTrace: true)
    var spared: Set<Int> = []
    var hasShrunk = true
    while hasShrunk {
      hasShrunk = false
      for hit in best.hits.reversed() where !spared.contains(hit) {
        let shorter = try Run(seed: seed, sparing: spared.union([hit]), keepsTrace: true)
        guard !shorter.violations.isEmpty else { continue }
        (best, hasShrunk) = (shorter, true)
        spared.insert(hit)
      }
    }
    return best
  }
}

/// Work on threads of its own: a run needs one to itself.
enum Threads {
  private final class Job: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs `body` once for each number below `count`, side by side, and waits for all.
  static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for number in 0..<count {
      let job = Unmanaged.passRetained(Job { body(number) })
      #if canImport(Darwin)
      var thread: pthread_t?
      #else
      var thread = pthread_t()
      #endif
      let code = pthread_create(
        &thread, nil,
        { argument in
          #if canImport(Darwin)
          Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
          #else
          argument.map { Unmanaged<Job>.fromOpaque($0).takeRetainedValue().body() }
          #endif
          return nil
        }, job.toOpaque())
      guard code == 0 else {
        // Without a thread of its own the work is done here.
        job.takeRetainedValue().body()
        continue
      }
      #if canImport(Darwin)
      if let thread { threads.append(thread) }
      #else
      threads.append(thread)
      #endif
    }
    for thread in threads { pthread_join(thread, nil) }
  }
}
