import Testing
import TokenRotationCore

@testable import TokenRotationTesting

@Suite("Histories of a register are judged as they should be")
struct RegisterHistoryTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let isLinearizable: Bool
    let entries: [RegisterHistory.Entry]

    init(_ name: String, _ isLinearizable: Bool, _ entries: (Int, Int, RegisterHistory.Event)...) {
      testDescription = name
      self.isLinearizable = isLinearizable
      self.entries = entries.map { .init(start: $0.0, end: $0.1, event: $0.2) }
    }
  }

  static let cases: [Case] = [
    Case("nothing", true),
    Case("one after the other", true, (1, 2, .read(r(0))), (3, 4, .replaced(r(0), by: r(1))), (5, 6, .read(r(1)))),
    Case("overlapping, the new one first", true, (1, 6, .replaced(r(0), by: r(1))), (2, 3, .read(r(1)))),
    Case("overlapping, still the old one", true, (1, 6, .replaced(r(0), by: r(1))), (2, 3, .read(r(0)))),
    Case("old after it was replaced", false, (1, 2, .replaced(r(0), by: r(1))), (3, 4, .read(r(0)))),
    Case(
      "new, then old", false, (1, 8, .replaced(r(0), by: r(1))), (2, 3, .read(r(1))), (4, 5, .read(r(0)))),
    Case("read before it was written", false, (1, 2, .read(r(1))), (3, 4, .replaced(r(0), by: r(1)))),
    Case("read what nobody wrote", false, (1, 2, .read(r(9)))),
    Case("lost update", false, (1, 4, .replaced(r(0), by: r(1))), (2, 3, .replaced(r(0), by: r(2)))),
    Case("replaced what never was", false, (1, 2, .replaced(r(7), by: r(8)))),
    Case("given twice", false, (1, 2, .replaced(r(0), by: r(1))), (3, 4, .replaced(r(1), by: r(0)))),
    Case(
      "writes out of order", false, (1, 2, .replaced(r(1), by: r(2))), (3, 4, .replaced(r(0), by: r(1)))),
    Case("refused without a reason", false, (1, 2, .refused(r(0)))),
    Case(
      "refused before the other began", false, (1, 2, .refused(r(0))), (3, 4, .replaced(r(0), by: r(1)))),
    Case("refused because of another", true, (1, 4, .refused(r(0))), (2, 3, .replaced(r(0), by: r(1)))),
    Case("refused after another", true, (1, 2, .replaced(r(0), by: r(1))), (3, 4, .refused(r(0)))),
    Case(
      "refused, then the old state is read", false, (1, 8, .replaced(r(0), by: r(1))), (2, 3, .refused(r(0))),
      (4, 5, .read(r(0)))),
    Case(
      "refused, the one before it having shown the old state", true, (1, 8, .replaced(r(0), by: r(1))),
      (2, 3, .read(r(0))), (4, 5, .refused(r(0)))),
    Case("refused with what comes later", true, (1, 2, .refused(r(1))), (3, 4, .replaced(r(0), by: r(1)))),
  ]

  static func r(_ number: Int64) -> Revision { Revision(rawValue: number) }

  @Test(arguments: cases) func isJudged(history: Case) {
    let flaw = RegisterHistory(initial: Self.r(0), entries: history.entries).flaw
    #expect((flaw == nil) == history.isLinearizable, "\(flaw ?? "no flaw")")
  }
}
