#if SQLite
import Foundation
import GRDB
import Testing
import TokenRotationCore
import TokenRotationSQLite

@Suite("Writes that come together share a transaction, and nothing else")
struct SQLiteWriteQueueTests {
  /// Holds the writer until `count` writes of `body` wait for it: they are taken up together then.
  func together(
    _ count: Int, on store: SQLiteProviderStore, _ body: @escaping @Sendable (Int) async throws -> StoredRecord
  ) async throws -> [Result<StoredRecord, any Error>] {
    let begun = DispatchSemaphore(value: 0)
    let (isHeld, held) = AsyncStream<Void>.makeStream()
    async let blocking: Void = store.database.writeWithoutTransaction { _ in
      held.finish()
      for _ in 0..<count { begun.wait() }
    }
    for await _ in isHeld {}
    let results = await withTaskGroup(of: (Int, Result<StoredRecord, any Error>).self) { group in
      for number in 0..<count {
        group.addTask {
          begun.signal()
          do { return (number, .success(try await body(number))) } catch { return (number, .failure(error)) }
        }
      }
      return await group.reduce(into: [Int: Result<StoredRecord, any Error>]()) { $0[$1.0] = $1.1 }
    }
    try await blocking
    return (0..<count).compactMap { results[$0] }
  }

  @Test(arguments: [1, 2, 40, 300]) func allAreMadeInOneOrder(count: Int) async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open(.init(keepsTransitions: true))
    let results = try await together(count, on: store) { try await store.insert(record("id-\($0)", $0)) }
    let inserted = try results.map { try $0.get() }
    #expect(Set(inserted.map(\.revision.rawValue)) == Set((1...Int64(count))))
    let other = try await folder.open()
    for stored in inserted { #expect(try await other.read(stored.record.id) == stored) }
    #expect(try await other.transitions(limit: 1_000).count == count)
  }

  @Test func oneThatIsRefusedKeepsNoOtherBack() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open()
    let first = try await store.insert(record("id-0"))
    let results = try await together(20, on: store) { number in
      number % 2 == 0
        ? try await store.replace(first.record, ifRevision: first.revision)
        : try await store.insert(record("new-\(number)", number))
    }
    let replaced = results.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    #expect(replaced.filter { (try? $0.get()) != nil }.count == 1, "of those that have the same revision one wins")
    for case .failure(let error) in replaced { #expect((error as? TokenRotationError)?.code == .storeConflict) }
    #expect(results.enumerated().allSatisfy { $0.offset % 2 == 0 || (try? $0.element.get()) != nil })
    #expect(try await folder.open().page(after: nil, limit: 100).records.count == 11)
  }

  @Test func oneThatDoesNotFitKeepsNoOtherBack() async throws {
    let folder = try TemporaryFolder()
    var configuration = Configuration()
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA max_page_count = 40") }
    let store = try await SQLiteProviderStore(
      database: try DatabasePool(path: folder.file, configuration: configuration))
    let results = try await together(5, on: store) { number in
      try await store.insert(
        record("id-\(number)", number, token: .init(repeating: 7, count: number == 2 ? 400_000 : 8)))
    }
    for (number, result) in results.enumerated() {
      switch result {
      case .success(let stored):
        #expect(number != 2)
        #expect(try await store.read(stored.record.id) == stored)
      case .failure(let error):
        #expect(number == 2)
        #expect((error as? TokenRotationError)?.code == .databaseFull)
        #expect((error as? TokenRotationError)?.outcome == .notApplied)
      }
    }
    #expect(try await store.read(ProviderID("id-2")) == nil)
  }

  @Test func aWriteGoesOnWhenItsTaskIsCancelled() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await store.insert(record("one"))
    }
    let stored = try await task.value
    #expect(try await store.read(stored.record.id) == stored)
  }
}
#endif
