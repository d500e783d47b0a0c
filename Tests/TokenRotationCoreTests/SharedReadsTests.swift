import Synchronization
import Testing
import TokenRotationTesting

@testable import TokenRotationCore

@Suite("Values are read once for all, are never old, and outlive a store that is down")
struct SharedReadsTests {
  @Test func oneCallerReadsForAll() async throws {
    let source = Source()
    source.hold()
    let values = try await withThrowingTaskGroup(of: Source.Value.self) { group in
      for _ in 0..<100 { group.addTask { try await source.reads.value(for: "a") } }
      await source.begun(1)
      source.release()
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(values.count == 100 && Set(values.map(\.number)) == [1])
    #expect(source.count == 1)
  }

  @Test func othersGoOnWhileOneLooksUntilTheValueExpires() async throws {
    let source = Source()
    let first = try await source.reads.value(for: "a")
    source.time.advance(by: Source.refreshAt)
    source.hold()
    async let refreshed = source.reads.value(for: "a")
    await source.begun(2)
    #expect(try await source.reads.value(for: "a") === first)
    source.time.advance(by: Source.expiresAt - Source.refreshAt)
    async let waited = source.reads.value(for: "a")
    source.release()
    #expect(try await refreshed.number == 2)
    #expect(try await waited.number == 2)
    #expect(source.count == 2)
  }

  @Test func whatChangesDuringAReadIsReadAgain() async throws {
    let source = Source()
    source.hold()
    async let first = source.reads.value(for: "a")
    await source.begun(1)
    #expect(source.reads.noteChange(of: "a"))
    source.release()
    #expect(try await first.number == 1)
    #expect(try await source.reads.value(for: "a").number == 2)
    #expect(try await source.reads.value(for: "a").number == 2)
    #expect(!source.reads.noteChange(of: "b"))
  }

  @Test func whoeverLearntThatAValueIsWrongReadsOnceWithTheOthers() async throws {
    let source = Source()
    _ = try await source.reads.value(for: "a")
    source.hold()
    async let one = source.reads.refreshed("a", isForced: true)
    await source.begun(2)
    async let two = source.reads.refreshed("a", isForced: true)
    source.release()
    #expect(try await one.number == 2)
    // It may have asked after the other's read had begun, which then does not count for it.
    #expect(try await [2, 3].contains(two.number))
  }

  @Test func aCancelledReaderLeavesTheReadToAnother() async throws {
    let source = Source()
    source.hold()
    let reader = Task { try await source.reads.value(for: "a") }
    await source.begun(1)
    let waiter = Task { try await source.reads.value(for: "a") }
    reader.cancel()
    await #expect(throws: CancellationError.self) { try await reader.value }
    source.release()
    #expect(try await waiter.value.number == 2)
  }

  @Test func aWaiterThatIsCancelledDoesNotWaitOn() async throws {
    let source = Source()
    source.hold()
    async let read = source.reads.value(for: "a")
    await source.begun(1)
    let waiter = Task { try await source.reads.value(for: "a") }
    waiter.cancel()
    await #expect(throws: CancellationError.self) { try await waiter.value }
    source.release()
    _ = try await read
  }

  // MARK: A store that is down

  @Test func withNothingInMemoryTheFailureIsTheAnswer() async throws {
    let source = Source()
    source.fail()
    for _ in 0..<10 {
      await expectDown { try await source.reads.value(for: "a") }
    }
    #expect(source.count == 1, "nobody asks again before the pause is over")
    source.time.advance(by: .seconds(1))
    source.recover()
    #expect(try await source.reads.value(for: "a").number == 2)
  }

  @Test func aValueIsUsedUntilItIsUseless() async throws {
    let source = Source()
    let value = try await source.reads.value(for: "a")
    source.fail()
    source.time.advance(by: Source.uselessAt - .nanoseconds(1))
    #expect(try await source.reads.value(for: "a") === value)
    #expect(source.count == 2)
    source.time.advance(by: .seconds(10))
    await expectDown { try await source.reads.value(for: "a") }
    source.time.advance(by: .seconds(10))
    source.recover()
    #expect(try await source.reads.value(for: "a").number == 4)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func noValueIsOldUnlessReadingItFailed(seed: UInt64) async throws {
    var random = SeededGenerator(state: seed)
    let source = Source()
    for _ in 0..<300 {
      switch Int.random(in: 0..<6, using: &random) {
      case 0: source.fail()
      case 1: source.recover()
      case 2: source.reads.noteChange(of: "a")
      default: source.time.advance(by: .milliseconds(Int.random(in: 0...8000, using: &random)))
      }
      let now = source.time.uptime
      do {
        let value = try await source.reads.value(for: "a")
        let isFresh = now < value.readAt + Source.expiresAt
        let wasTried = source.lastAttempt.map { $0 >= now - RetryPolicy().longestPause } ?? false
        #expect(isFresh || wasTried)
        #expect(now < value.readAt + Source.uselessAt)
      } catch {
        #expect((error as? TokenRotationError)?.code == .storeFailed)
      }
    }
  }

  // MARK: Many keys

  @Test func aThousandChangesAreReadFewAtATime() async throws {
    let source = Source(limit: 8000)
    let keys = (0..<1000).map(String.init)
    func readAll() async throws {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for key in keys { group.addTask { _ = try await source.reads.value(for: key) } }
        try await group.waitForAll()
      }
    }
    try await readAll()
    source.reads.noteChanges()
    try await readAll()
    try await readAll()
    #expect(source.count == 2000)
    #expect(source.mostAtOnce <= Source.width)
  }

  @Test func memoryIsBoundedAndWhatIsUsedStays() async throws {
    let source = Source(limit: 100)
    for number in 0..<1000 {
      _ = try await source.reads.value(for: "used")
      _ = try await source.reads.value(for: "\(number)")
    }
    #expect(source.reads.count <= 100)
    #expect(source.count == 1001, "what is used all the time is read once")
  }

  @Test func whatMayNotBeKeptIsLetGo() async throws {
    let source = Source(forgetAt: .seconds(60))
    weak let value = try await source.reads.value(for: "a")
    #expect(value != nil)
    source.time.advance(by: .seconds(61))
    // Any read looks for it.
    _ = try await source.reads.value(for: "b")
    #expect(value == nil)
  }
}

/// A store of numbers that counts its reads, and can be held up and taken down.
private final class Source: Sendable {
  final class Value: Sendable {
    let number: Int
    let readAt: Duration
    init(_ number: Int, _ readAt: Duration) { (self.number, self.readAt) = (number, readAt) }
  }

  private struct State {
    var count = 0
    var running = 0
    var mostAtOnce = 0
    var lastAttempt: Duration?
    var isDown = false
    var held: Latch?
    var begun: [(Int, Latch)] = []
  }

  static let refreshAt = Duration.seconds(20)
  static let expiresAt = Duration.seconds(30)
  static let uselessAt = Duration.seconds(100)
  static let width = 4
  static let down = TokenRotationError(.storeFailed, "down", fileID: "", line: 0)

  let time = VirtualTime()
  let reads: SharedReads<String, Value>
  private let state: Shared

  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  init(limit: Int = 1, forgetAt: Duration? = nil) {
    let (state, time) = (Shared(), time)
    self.state = state
    var configuration = TokenRotationConfiguration(timeSource: time)
    configuration.retryPolicy = RetryPolicy(random: { 0.99 })
    reads = SharedReads(
      limit: limit == 1 ? 10 : limit, configuration: configuration, gate: Gate(width: Self.width),
      shardNumber: { abs($0.hashValue % 1000) },
      read: { _, _ in
        let now = time.uptime
        let (number, held, begun): (Int, Latch?, [Latch]) = state.state.withLock { state in
          state.count += 1
          state.running += 1
          state.mostAtOnce = max(state.mostAtOnce, state.running)
          state.lastAttempt = now
          let count = state.count
          return (count, state.held, state.begun.filter { $0.0 <= count }.map(\.1))
        }
        for latch in begun { latch.open() }
        defer { state.state.withLock { $0.running -= 1 } }
        try await held?.wait()
        if state.state.withLock(\.isDown) { throw Self.down }
        return SharedReads.Item(
          value: Value(number, now), refreshAt: now + Self.refreshAt, expiresAt: now + Self.expiresAt,
          uselessAt: now + Self.uselessAt, forgetAt: forgetAt.map { now + $0 })
      })
  }

  var count: Int { state.state.withLock(\.count) }
  var mostAtOnce: Int { state.state.withLock(\.mostAtOnce) }
  var lastAttempt: Duration? { state.state.withLock(\.lastAttempt) }

  func fail() { state.state.withLock { $0.isDown = true } }
  func recover() { state.state.withLock { $0.isDown = false } }
  func hold() { state.state.withLock { $0.held = Latch() } }
  func release() {
    state.state.withLock { state in
      defer { state.held = nil }
      return state.held
    }?.open()
  }

  /// Returns once that many reads have begun.
  func begun(_ count: Int) async {
    let latch = Latch()
    let isOver = state.state.withLock { state in
      state.begun.append((count, latch))
      return state.count >= count
    }
    if isOver { latch.open() }
    try? await latch.wait()
  }
}

private func expectDown(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Source.Value
) async {
  let error = await #expect(throws: TokenRotationError.self, sourceLocation: sourceLocation) { _ = try await body() }
  #expect(error?.code == .storeFailed, sourceLocation: sourceLocation)
}

private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
