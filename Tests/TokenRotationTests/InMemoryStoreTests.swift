import Testing
import TokenRotation
import TokenRotationTesting

@Suite("The in-memory store keeps the promises of the port")
struct InMemoryStoreTests {
  func record(_ id: String, _ account: Int = 0, _ region: TwilioRegion = .us1) throws -> ProviderRecord {
    let hex = String(account, radix: 16)
    return ProviderRecord(
      id: try ProviderID(id),
      accountSID: try AccountSID("AC" + String(repeating: "0", count: 32 - hex.count) + hex),
      region: region, details: ProviderDetails(name: "n"), token: SealedToken(bytes: [0]))
  }

  @Test func idsAndAccountsAreUnique() async throws {
    let store = InMemoryProviderStore()
    _ = try await store.insert(record("a", 0xabc))
    await expect(.providerAlreadyRegistered) { try await store.insert(record("a", 2)) }
    await expect(.accountAlreadyRegistered) { try await store.insert(record("b", 0xABC)) }
    _ = try await store.insert(record("b", 0xabc, .ie1))
    let sid = try record("x", 0xabc).accountSID
    #expect(try await store.find(accountSID: sid).map(\.record.id.description) == ["a", "b"])
    let stored = try #require(try await store.read(ProviderID("a")))
    try await store.remove(stored.record.id, ifRevision: stored.revision)
    _ = try await store.insert(record("c", 0xabc))
    #expect(try await store.find(accountSID: sid).map(\.record.id.description) == ["b", "c"])
    #expect(!store.isDurable)
  }

  @Test func writesCompareTheRevision() async throws {
    let store = InMemoryProviderStore()
    let first = try await store.insert(record("a"))
    let second = try await store.replace(first.record, ifRevision: first.revision)
    #expect(second.revision != first.revision)
    await expect(.storeConflict) { try await store.replace(first.record, ifRevision: first.revision) }
    await expect(.storeConflict) { try await store.remove(first.record.id, ifRevision: first.revision) }
    await expect(.storeConflict) { try await store.replace(record("b"), ifRevision: first.revision) }
    try await store.remove(first.record.id, ifRevision: second.revision)
    #expect(try await store.read(first.record.id) == nil)
    let again = try await store.insert(record("a"))
    #expect(again.revision != first.revision, "a revision never comes back")
    await expect(.storeConflict) { try await store.replace(again.record, ifRevision: second.revision) }
  }

  @Test func noWriteIsLostUnderConcurrency() async throws {
    let store = InMemoryProviderStore()
    let id = try await store.insert(record("a")).record.id
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<50 {
            while true {
              let stored = try #require(try await store.read(id))
              var record = stored.record
              record.details.phoneNumberCount += 1
              do {
                _ = try await store.replace(record, ifRevision: stored.revision)
                break
              } catch let error as TokenRotationError where error.code == .storeConflict {}
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await store.read(id)?.record.details.phoneNumberCount == 400)
  }

  @Test(arguments: [1, 2, 3, 7, 100])
  func pagesHoldEveryRecordOnce(limit: Int) async throws {
    let store = InMemoryProviderStore()
    let ids = ["", "a", "b", "é", "z", "zz", "Z"].map { "id" + $0 }
    for (number, id) in ids.enumerated() { _ = try await store.insert(record(id, number)) }
    var seen: [ProviderID] = []
    var after: ProviderID?
    repeat {
      let page = try await store.page(after: after, limit: limit)
      #expect(page.records.count <= limit)
      seen += page.records.map(\.record.id)
      after = page.next
    } while after != nil
    #expect(try seen == ids.map { try ProviderID($0) }.sorted())
  }

  /// Against a plain list that is sorted anew each time, with so many ids that they are kept in several parts.
  @Test func pagesFollowEveryInsertAndRemoval() async throws {
    let store = InMemoryProviderStore()
    var ids: [ProviderID] = []
    for round in 0..<3_000 {
      if round % 4 == 3 || round > 2_600, let id = ids.randomElement() {
        let stored = try #require(try await store.read(id))
        try await store.remove(id, ifRevision: stored.revision)
        ids.removeAll { $0 == id }
      } else {
        ids.append(try await store.insert(record("\(Int.random(in: 0..<1_000_000))-\(round)", round)).record.id)
      }
      guard round % 100 == 0 else { continue }
      ids.sort()
      let start = try ids.randomElement() ?? ProviderID("0")
      for (after, limit) in [(nil, 5_000), (start, 600), (try ProviderID(start.description + "!"), 1)] {
        let expected = ids.filter { id in after.map { $0 < id } ?? true }
        let page = try await store.page(after: after, limit: limit)
        #expect(page.records.map(\.record.id) == Array(expected.prefix(limit)))
        #expect((page.next != nil) == (expected.count > limit))
      }
    }
  }
}
