import LoopbackSupport
import TokenRotation

/// A store of the harness's own, for the length of a run.
package protocol StorePlace: Sendable {
  /// What `--store` calls it.
  var name: String { get }
  /// Where workers find it.
  var address: StoreAddress { get }
  /// Whether it is a server, which can be killed as well.
  var isServer: Bool { get }
  /// Kills the server without giving it time for anything, and starts it again.
  func killServer() async throws
}

extension StorePlace {
  /// What a look at the store gives: while a server is being killed and started, after some attempts.
  func reaching<Value>(_ body: () async throws -> Value) async throws -> Value {
    var attempts = isServer ? 100 : 1
    while true {
      do {
        return try await body()
      } catch let error as TokenRotationError where attempts > 1 && error.code != .recordUnreadable {
        attempts -= 1
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }
}

/// A SQLite database in a temporary folder.
package struct SQLitePlace: StorePlace {
  private let folder: TemporaryFolder

  package init() throws { folder = try TemporaryFolder() }

  package var name: String { "sqlite" }

  package var address: StoreAddress { .sqlite(path: folder.path + "/providers.sqlite") }

  package var isServer: Bool { false }

  package func killServer() {}
}

/// A private PostgreSQL.
package struct PostgresPlace: StorePlace {
  private let server: PostgresServer

  package init() async throws { server = try await PostgresServer() }

  package var name: String { "postgres" }

  package var address: StoreAddress { .postgres(connectionString: server.connectionString()) }

  package var isServer: Bool { true }

  package func killServer() async throws {
    await server.crash()
    try await server.start()
  }
}
