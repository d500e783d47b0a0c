import Foundation
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationPostgres

@Suite("What PostgreSQL cannot work with is told, and nothing is lost")
struct PostgresBadInputTests {
  /// Opens a store that cannot be opened, and expects a code, and no word of the password.
  @discardableResult
  func expectRefused(
    _ code: TokenRotationError.Code, _ connectionString: String, _ options: PostgresProviderStore.Options = .init(),
    secret: String = PostgresServer.password, sourceLocation: SourceLocation = #_sourceLocation
  ) async -> TokenRotationError? {
    let error = await #expect(throws: TokenRotationError.self, sourceLocation: sourceLocation) {
      _ = try await PostgresProviderStore(connectionString, options: options)
    }
    guard let error else { return nil }
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(error.outcome == .notApplied, sourceLocation: sourceLocation)
    var dumped = ""
    dump(error, to: &dumped)
    dump(error.cause, to: &dumped)
    for text in ["\(error)", String(reflecting: error), String(reflecting: error.cause), dumped] {
      #expect(!text.contains(secret), sourceLocation: sourceLocation)
    }
    return error
  }

  @Test(arguments: [
    "host=127.0.0.1 password", "=s3cret", "nokeyword=s3cret",
    "host='s3cret", "postgresql://postgres:s3cret%zz@127.0.0.1/db", "host=127.0.0.1\0 password=s3cret",
  ])
  func aConnectionStringThatIsNone(text: String) async {
    await expectRefused(.configurationInvalid, text, secret: "s3cret")
  }

  @Test func optionsThatCannotWork() async throws {
    let string = "host=127.0.0.1"
    await expectRefused(.configurationInvalid, string, .init(schema: ""))
    await expectRefused(.configurationInvalid, string, .init(schema: String(repeating: "é", count: 25)))
    await expectRefused(.configurationInvalid, string, .init(schema: "a\0b"))
    await expectRefused(.configurationInvalid, string, .init(maximumConnections: 0))
    await expectRefused(.configurationInvalid, string, .init(poolTimeout: .zero))
    await expectRefused(.configurationInvalid, string, .init(statementTimeout: .seconds(100_000)))
  }

  @Test func aServerThatIsNotThere() async throws {
    let (socket, port) = try Socket.reserving()
    defer { socket.close() }
    for string in [
      "host=127.0.0.1 port=\(port) password='\(PostgresServer.password)'", "host=/nowhere/at/all",
      "host=127.0.0.1 sslmode=nonsense", "service=nowhere", "host=name.invalid",
      "postgresql://postgres:\(PostgresServer.password)@127.0.0.1/postgres", "host=127.0.0.1 port=none",
    ] {
      let error = await expectRefused(.databaseUnreachable, string)
      #expect(error?.isRetriable == true)
    }
  }

  @Test(.timeLimit(.minutes(1))) func aServerThatSaysNothing() async throws {
    let silent = try RawServer { await $0.waitForEnd() }
    await expectRefused(
      .databaseUnreachable, "host=127.0.0.1 port=\(silent.port) sslmode=disable",
      .init(connectTimeout: .milliseconds(300)))
  }

  @Test func aSecondServerIsTakenWhereTheFirstIsNotThere() async throws {
    let (socket, port) = try Socket.reserving()
    defer { socket.close() }
    let place = try await Place()
    let string =
      "postgresql://postgres:pg-sEcret%2B%2F%407@127.0.0.1:\(port),127.0.0.1:\(place.server.port)/postgres"
      + "?target_session_attrs=read-write&sslmode=prefer"
    let store = try await PostgresProviderStore(string, options: .init(schema: place.schema))
    _ = try await store.insert(record("one"))
  }

  @Test func aSocketInAFolderWillDo() async throws {
    let place = try await Place()
    let server = place.server
    let string =
      "host=\(server.folder) port=\(server.port) user=postgres dbname=postgres password='\(PostgresServer.password)'"
    let store = try await PostgresProviderStore(string, options: .init(schema: place.schema))
    _ = try await store.insert(record("one"))
  }

  @Test func aWrongPasswordAndAWrongUserAndNone() async throws {
    let server = try await PostgresServer.shared()
    await expectRefused(
      .databaseAuthenticationFailed, server.connectionString(password: "wr0ng-password"), secret: "wr0ng-password")
    await expectRefused(.databaseAuthenticationFailed, server.connectionString(user: "nobody-here"))
    await expectRefused(
      .databaseAuthenticationFailed,
      "host=127.0.0.1 port=\(server.port) user=postgres dbname=postgres sslmode=disable passfile=/nowhere")
  }

  @Test func noSuchDatabase() async throws {
    let server = try await PostgresServer.shared()
    await expectRefused(.databaseNotFound, server.connectionString(database: "nothing-here"))
  }

  @Test func aDatabaseInAnotherEncoding() async throws {
    let server = try await PostgresServer.shared()
    let name = "latin_\(UUID().uuidString.prefix(8))"
    try await server.run("CREATE DATABASE \"\(name)\" ENCODING 'LATIN1' TEMPLATE template0")
    await expectRefused(.configurationInvalid, server.connectionString(database: name))
  }

  @Test func aServerThatTakesNoWrites() async throws {
    let server = try await PostgresServer.shared()
    let readOnly = "sslmode=disable options='-c default_transaction_read_only=on'"
    await expectRefused(.databaseReadOnly, server.connectionString(readOnly))
    await expectRefused(.databaseReadOnly, server.connectionString(readOnly + " target_session_attrs=read-write"))
  }

  @Test func aUserWithoutTheRight() async throws {
    let place = try await Place()
    let user = "guest_\(UUID().uuidString.prefix(8).lowercased())"
    try await place.server.run("CREATE ROLE \(user) LOGIN PASSWORD '\(PostgresServer.password)'")
    await expectRefused(
      .databaseReadOnly, place.server.connectionString(user: user), .init(schema: place.schema))
    // A schema that somebody else made for it will do.
    try await place.server.run("CREATE SCHEMA \"\(place.schema)\" AUTHORIZATION \(user)")
    let store = try await PostgresProviderStore(
      place.server.connectionString(user: user), options: .init(schema: place.schema))
    _ = try await store.insert(record("one"))
  }

  @Test func certificatesThatAreNotGood() async throws {
    let certificates = try await LocalCertificates.shared()
    let server = try await PostgresServer(certificate: .good)
    let verified = "sslmode=verify-full sslrootcert="
    let store = try await PostgresProviderStore(server.connectionString(verified + certificates.authority))
    _ = try await store.insert(record("one"))
    await expectRefused(.databaseTLSFailed, server.connectionString(verified + certificates.otherAuthority))
    await expectRefused(.databaseTLSFailed, server.connectionString(verified + "/nowhere.pem"))
    let other = try await PostgresServer(certificate: .wrongHost)
    await expectRefused(.databaseTLSFailed, other.connectionString(verified + certificates.authority))
    let plain = try await PostgresServer.shared()
    await expectRefused(.databaseTLSFailed, plain.connectionString(verified + certificates.authority))
  }

  @Test(arguments: [
    ("CREATE TABLE S.token_rotation_schema (version integer)", TokenRotationError.Code.databaseForeign),
    ("CREATE TABLE S.token_rotation_schema (other text)", .databaseForeign),
    ("CREATE TABLE S.token_rotation_schema AS SELECT 1 AS version", .databaseForeign),
    ("CREATE TABLE S.token_rotation_schema AS SELECT -1 AS version", .databaseForeign),
    ("CREATE TABLE S.token_rotation_schema AS SELECT 'one'::text AS version", .databaseForeign),
    ("CREATE TABLE S.token_rotation_providers (id integer)", .databaseForeign),
    ("CREATE VIEW S.token_rotation_outbox AS SELECT 1", .databaseForeign),
    ("CREATE TABLE S.token_rotation_schema AS SELECT 99 AS version", .databaseNewer),
  ])
  func aSchemaWithOtherTables(sql: String, code: TokenRotationError.Code) async throws {
    let place = try await Place()
    let schema = "\"\(place.schema)\""
    try await place.server.run(
      "CREATE SCHEMA \(schema); \(sql.replacingOccurrences(of: "S.", with: schema + "."))")
    let tables =
      "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = '\(place.schema)'"
    let before = try await place.server.run(tables)
    await expectRefused(code, place.server.connectionString(), .init(schema: place.schema))
    #expect(try await place.server.run(tables) == before, "nothing was added")
  }

  @Test func aPoolThatIsUsedUp() async throws {
    let place = try await Place()
    let store = try await place.open(.init(maximumConnections: 1, poolTimeout: .milliseconds(50)))
    let stored = try await store.insert(record("one"))
    try await store.withTransaction { _ in
      for attempt in [
        { _ = try await store.replace(stored.record, ifRevision: stored.revision) },
        { _ = try await store.read(stored.record.id) },
      ] as [@Sendable () async throws -> Void] {
        let error = await #expect(throws: TokenRotationError.self) { try await attempt() }
        #expect(error?.code == .databasePoolExhausted)
        #expect(error?.outcome == .notApplied)
        #expect(error?.isRetriable == true)
      }
    }
    _ = try await store.replace(stored.record, ifRevision: stored.revision)
  }

  @Test func aStatementThatTakesTooLong() async throws {
    let place = try await Place()
    let store = try await place.open(.init(maximumConnections: 2, statementTimeout: .seconds(2)))
    let stored = try await store.insert(record("one"))
    try await store.withTransaction { transaction in
      try await transaction.execute("SELECT 1 FROM \(place.table("providers")) FOR UPDATE")
      let error = await #expect(throws: TokenRotationError.self) {
        _ = try await store.replace(stored.record, ifRevision: stored.revision)
      }
      #expect(error?.code == .databaseTimedOut)
      #expect(error?.outcome == .notApplied)
    }
    #expect(try await store.read(stored.record.id) == stored)
    _ = try await store.replace(stored.record, ifRevision: stored.revision)
  }

  @Test func schemasOfAnyName() async throws {
    for schema in ["Größe", "a\"b", "a'b", "a\\b", "a.b", "select", "%s $1", String(repeating: "x", count: 48)] {
      let store = try await Place(schema: schema).open()
      let changes = try await store.changes()
      let stored = try await store.insert(record("one"))
      for await change in changes {
        #expect(change == .record(stored.record.id))
        break
      }
      #expect(try await store.read(stored.record.id) == stored)
    }
  }

  @Test(arguments: [
    ("fsync=off", false), ("full_page_writes=off", false), ("", true),
  ])
  func durabilityIsWhatTheServerIsSetTo(setting: String, isDurable: Bool) async throws {
    let server = try await PostgresServer(setting.isEmpty ? [] : [setting])
    let place = try await Place(on: server)
    #expect(try await place.open().isDurable == isDurable)
    let loose = "sslmode=disable options='-c synchronous_commit=off'"
    #expect(try await place.open(.init(), loose).isDurable == false)
    try await server.run("ALTER TABLE \(place.table("providers")) SET UNLOGGED")
    #expect(try await place.open().isDurable == false)
  }
}
