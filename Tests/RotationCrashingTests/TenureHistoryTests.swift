import RotationCrashing
import Testing

@Suite("What the writes of all processes show of their leases")
struct TenureHistoryTests {
  private let lease = Duration.seconds(2)

  /// A write of one provider's record, the revisions counting up.
  private func write(
    _ revision: Int64, by process: Int32, _ owner: String?, atMilliseconds began: UInt64, of provider: String = "one"
  ) -> TenureWrite {
    TenureWrite(
      provider: provider, revision: revision, owner: owner, beat: owner.map { _ in 1 }, phase: "creating",
      process: process, began: began * 1_000_000)
  }

  @Test func handingOverInGoodOrderIsNoTakeover() {
    let history = TenureHistory([
      write(1, by: 1, "a", atMilliseconds: 0), write(2, by: 1, nil, atMilliseconds: 10),
      write(3, by: 2, "b", atMilliseconds: 11), write(4, by: 2, nil, atMilliseconds: 20),
      write(5, by: 2, "c", atMilliseconds: 21, of: "two"), write(6, by: 1, "d", atMilliseconds: 22),
    ])
    #expect(history.tenures == 4)
    #expect(history.takeovers.isEmpty)
    #expect(history.late.isEmpty)
  }

  @Test(arguments: [(1_999, 1), (2_000, 0)])
  func whoBeatsWithinTheLeaseIsAlive(standsStill: UInt64, living: Int) {
    let history = TenureHistory([
      // Told in another order than they took place in.
      write(3, by: 2, "b", atMilliseconds: 5_000 + standsStill), write(1, by: 1, "a", atMilliseconds: 0),
      write(2, by: 1, "a", atMilliseconds: 5_000),
    ])
    #expect(history.takeovers.map(\.last.revision) == [2])
    #expect(history.living(lease: lease).count == living)
  }

  @Test func endingAnothersRotationIsATakeoverToo() {
    let history = TenureHistory([write(1, by: 1, "a", atMilliseconds: 0), write(2, by: 2, nil, atMilliseconds: 100)])
    #expect(history.living(lease: lease).count == 1)
  }

  @Test func aWriteAfterTheTakeoverIsLate() {
    let history = TenureHistory([
      write(1, by: 1, "a", atMilliseconds: 0), write(2, by: 2, "b", atMilliseconds: 3_000),
      write(3, by: 1, "a", atMilliseconds: 3_001),
    ])
    #expect(history.late.map(\.revision) == [3])
  }
}
