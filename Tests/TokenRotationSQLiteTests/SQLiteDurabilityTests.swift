#if SQLite && os(Linux)
import CInterposition
import Foundation
import GRDB
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationSQLite

@Suite("A write that returned is on the disk")
struct SQLiteDurabilityTests {
  @Test("the log is flushed after its last change and before the write returns")
  func commitIsFlushed() async throws {
    let folder = try TemporaryFolder()
    let store = try await folder.open()
    let calls = LogCalls(folder)
    let stored = try await store.insert(record("one"))
    #expect(calls.take().last == .flush)
    _ = try await store.replace(stored.record, ifRevision: stored.revision)
    let replacing = calls.take()
    #expect(replacing.contains(.write), "the test looks at the right file")
    #expect(replacing.last == .flush)
    #expect(store.isDurable)
  }

  @Test("where the host's database does not flush, the store says so")
  func withoutFlush() async throws {
    let folder = try TemporaryFolder()
    // As GRDB sets it: NORMAL.
    let store = try await SQLiteProviderStore(database: try DatabasePool(path: folder.file))
    let calls = LogCalls(folder)
    _ = try await store.insert(record("one"))
    #expect(Set(calls.take()) == [.write], "a write without a flush would be noticed")
    #expect(!store.isDurable)
  }
}

/// What is done to a database's write-ahead log, in order.
private final class LogCalls: Sendable {
  enum Call: Equatable, Sendable {
    case write, flush
  }

  private static let all = Lock<[String: [Call]]>([:])
  private static let areSeen: Void = interposeFileCalls { descriptor, isFlush in
    let name = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
    guard let name, name.hasSuffix("-wal") else { return }
    LogCalls.all.withLock { $0[name]?.append(isFlush == 0 ? .write : .flush) }
  }

  private let path: String

  init(_ folder: TemporaryFolder) {
    path = folder.file + "-wal"
    Self.areSeen
    Self.all.withLock { [path] in $0[path] = [] }
  }

  deinit { Self.all.withLock { [path] in $0[path] = nil } }

  /// What was done since the last time.
  func take() -> [Call] {
    Self.all.withLock { [path] all in
      defer { all[path] = [] }
      return all[path] ?? []
    }
  }
}
#endif
