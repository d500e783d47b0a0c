import RotationChecking
import Testing

@Suite("Every state that a rotation can reach keeps the invariants")
struct ExplorationTests {
  @Test func withinSmallBounds() {
    for bounds in Bounds.smallest {
      let exploration = Exploration(bounds)
      #expect(exploration.violation == nil, "\(exploration.violation?.trace ?? [])")
      #expect(exploration.states > 1000, "\(bounds)")
    }
  }
}
