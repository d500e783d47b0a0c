import Foundation
import Testing
import TokenRotationCore

@Suite("What counts as a step of a provider's life")
struct ProviderTransitionTests {
  func record(_ change: (inout ProviderRecord) -> Void = { _ in }) throws -> ProviderRecord {
    var record = ProviderRecord(
      id: try ProviderID("a"), accountSID: try AccountSID("AC" + String(repeating: "0", count: 32)), region: .us1,
      details: ProviderDetails(name: "n"), token: SealedToken(bytes: [0]))
    change(&record)
    return record
  }

  @Test func aTokenSealedAnewIsNone() throws {
    let before = try record()
    let rewrapped = try record {
      $0.token = SealedToken(bytes: [1])
      $0.rewrapCount += 1
    }
    #expect(ProviderTransition(from: before, to: rewrapped) == nil)
    let updated = try record {
      $0.token = SealedToken(bytes: [2])
      $0.rewrapCount += 1
    }
    #expect(ProviderTransition(from: rewrapped, to: updated)?.label == "token_changed")
    #expect(
      ProviderTransition(from: before, to: try record { $0.token = SealedToken(bytes: [1]) })?.label == "token_changed")
    let creating = try record {
      $0.rotation.phase = .creating
      $0.rewrapCount += 1
    }
    #expect(ProviderTransition(from: before, to: creating)?.label == "rotation_creating")
  }

  @Test func theNumberOfRewrapsIsKept() throws {
    for count in [0, 3] {
      let rewrapped = try record { $0.rewrapCount = count }
      #expect(try JSONDecoder().decode(ProviderRecord.self, from: JSONEncoder().encode(rewrapped)) == rewrapped)
    }
  }
}
