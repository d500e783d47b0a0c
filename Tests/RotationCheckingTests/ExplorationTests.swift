import LoopbackSupport
import RotationChecking
import Testing

@Suite("Every state that a rotation can reach keeps the invariants")
struct ExplorationTests {
  @Test func withinSmallBounds() async throws {
    for bounds in Bounds.smallest {
      let exploration = try await BlockingThread.run { Exploration(bounds) }
      #expect(exploration.violation == nil, "\(exploration.violation?.trace ?? [])")
      #expect(exploration.states > 1000, "\(bounds)")
    }
  }
}
