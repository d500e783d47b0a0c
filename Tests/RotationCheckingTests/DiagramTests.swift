import Foundation
import RotationChecking
import Testing

@Suite("The diagram in Documentation/Rotation.md")
struct DiagramTests {
  @Test func isWhatTheMachineDoes() async throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let document = try String(contentsOf: root.appending(path: "Documentation/Rotation.md"), encoding: .utf8)
    #expect(
      document.contains(await Diagram.derived()),
      "The document and the machine disagree; run Scripts/simulate --diagram and look at what changed.")
  }
}
