#if SQLite
import Foundation
import GRDB
import Testing
import TokenRotationCore
import TokenRotationSQLite

@Suite("A SQLite file is set up to last and to be read by its owner only")
struct SQLiteFileTests {
  @Test func pragmasReadBack() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open(.init(busyTimeout: .milliseconds(1_500)))
    let values = try await store.database.writeWithoutTransaction { database in
      try ["journal_mode", "synchronous", "secure_delete", "busy_timeout"].map {
        try String.fetchOne(database, sql: "PRAGMA \($0)")
      }
    }
    #expect(values[..<3] == ["wal", "2", "1"])
    #expect(store.isDurable)
  }

  @Test func filesAreTheOwnersOnly() async throws {
    let folder = try TemporaryFolder()
    // One that was there before, and that others could read.
    #expect(
      FileManager.default.createFile(atPath: folder.file, contents: nil, attributes: [.posixPermissions: 0o644]))
    let store = try await folder.open()
    _ = try await store.insert(record("one"))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(files == ["providers.sqlite", "providers.sqlite-shm", "providers.sqlite-wal"])
    for file in files {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + file)
      #expect(attributes[.posixPermissions] as? NSNumber == 0o600, "\(file)")
    }
  }

  @Test func noOldTokenIsLeftAfterACheckpoint() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open()
    let old = (0..<150).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
    let needle = Data(Data(old).base64EncodedString().utf8)
    var stored = try await store.insert(record("one", token: old))
    let gone = try await store.insert(record("two", 2, token: old))
    try await store.checkpoint()
    #expect(try folder.bytes().firstRange(of: needle) != nil, "the test looks in the right place")

    var changed = stored.record
    changed.token = SealedToken(bytes: old.reversed())
    stored = try await store.replace(changed, ifRevision: stored.revision)
    try await store.remove(gone.record.id, ifRevision: gone.revision)
    #expect(try folder.bytes().firstRange(of: needle) != nil, "the file still has it until the checkpoint")
    try await store.checkpoint()
    #expect(try folder.bytes().firstRange(of: needle) == nil)
    #expect(try folder.bytes().firstRange(of: Data(Data(old.reversed()).base64EncodedString().utf8)) != nil)
  }

  @Test func aDamagedRecordHidesNoOther() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open()
    for (number, id) in ["a", "b", "c", "d", "e"].enumerated() { _ = try await store.insert(record(id, number)) }
    try await store.database.write { database in
      try database.execute(
        sql: """
          UPDATE token_rotation_providers SET record = substr(record, 1, 40) WHERE id = 'b';
          UPDATE token_rotation_providers SET record = replace(record, '"version":1', '"version":2') WHERE id = 'c';
          UPDATE token_rotation_providers SET record = (SELECT record FROM token_rotation_providers WHERE id = 'a')
            WHERE id = 'd';
          """)
    }
    for id in ["b", "c", "d"] {
      let error = await #expect(throws: TokenRotationError.self) { try await store.read(ProviderID(id)) }
      #expect(error?.code == .recordUnreadable)
      #expect(error?.message.contains("provider \(id) ") == true)
    }
    let page = try await store.page(after: nil, limit: 4)
    #expect(page.records.map(\.record.id.description) == ["a"])
    #expect(page.unreadable.map(\.description) == ["b", "c", "d"])
    let rest = try await store.page(after: page.next, limit: 4)
    #expect(rest.records.map(\.record.id.description) == ["e"])
    #expect(rest.next == nil)
    #expect(try await store.read(ProviderID("e")) != nil)
  }

  @Test func processesThatStartAtOnceMakeOneSchema() async throws {
    for _ in 0..<8 { try await openAtOnce() }
  }

  private func openAtOnce() async throws {
    let folder = try TemporaryFolder()
    let stores = try await withThrowingTaskGroup(of: SQLiteProviderStore.self) { group in
      // However busy the disk is.
      for _ in 0..<8 { group.addTask { try await folder.open(.init(busyTimeout: .seconds(60))) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for (number, store) in stores.enumerated() { _ = try await store.insert(record("\(number)", number)) }
    #expect(try await stores[0].page(after: nil, limit: 100).records.count == 8)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3, "no file is left over")
  }
}
#endif
