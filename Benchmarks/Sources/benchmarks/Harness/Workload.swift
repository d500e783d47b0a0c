import Synchronization

/// Something that can be done over and over, and whose speed is measured.
protocol Workload: Sendable {
  /// Does it `count` times, and throws if it does not come out as it should.
  func run(_ count: Int) async throws

  /// Does it `count` times, and gives the figure that comes of it: by the time that it takes, unless the workload knows
  /// better.
  func figure(of count: Int, in unit: Unit) async throws -> Double

  /// Lets go of what it holds: connections, threads, folders.
  func finish() async throws

  /// What is worth knowing beside the figure; a line each.
  func remarks() async throws -> [String]
}

extension Workload {
  func figure(of count: Int, in unit: Unit) async throws -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try await run(count)
    return unit.figure(count, in: start.duration(to: clock.now))
  }

  func finish() async throws {}
  func remarks() async throws -> [String] { [] }
}

/// A result that is not what was asked for: a benchmark that does the wrong thing fast is worth nothing.
struct UnexpectedResult: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Does something `count` times, `inFlight` at a time: whoever is through takes the next one.
///
/// - Parameter body: Is told which of the `inFlight` it is.
func performing(_ count: Int, inFlight: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
  if inFlight == 1 {
    for _ in 0..<count { try await body(0) }
    return
  }
  let queue = Queue()
  try await withThrowingTaskGroup(of: Void.self) { group in
    for worker in 0..<inFlight {
      group.addTask {
        while queue.next() < count { try await body(worker) }
      }
    }
    try await group.waitForAll()
  }
}

/// Numbers that many tasks take, each one once.
private final class Queue: Sendable {
  private let taken = Atomic(0)

  func next() -> Int { taken.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Keeps the optimizer from leaving out what nobody uses.
@inline(never)
func use<Value>(_ value: borrowing Value) {}
