import CBenchmarkPeers
import Foundation
import TokenRotation
import TokenRotationPostgres
import TokenRotationSQLite

/// Replacing a record durably if nobody else changed it: what every write of an update or a rotation is.
enum CompareAndSwap {
  static func contests(_ site: Site) -> [Contest] {
    let inFlight = [1, 16]
    return inFlight.map { inFlight in
      Contest(
        "cas/sqlite/\(inFlight)", .rate,
        peers: [Contest.Peer("sqlite3", .atLeast(0.8)) { try await PlainCSwap() }]
      ) {
        let folder = try DatabaseFolder()
        return try await StoreSwap(SQLiteProviderStore(path: folder.file), inFlight: inFlight, keeping: folder)
      }
    }
      + inFlight.map { inFlight in
        var contest = Contest(
          "cas/postgres/\(inFlight)", .rate,
          peers: [Contest.Peer("pgbench", .atLeast(0.8)) { try await PgbenchSwap(site, clients: inFlight) }]
        ) {
          let options = PostgresProviderStore.Options(schema: "ours_\(inFlight)", maximumConnections: inFlight)
          return try await StoreSwap(
            PostgresProviderStore(site.connectionString, options: options), inFlight: inFlight)
        }
        // Long enough for pgbench's start, and each client's first look at its record, to weigh little.
        (contest.rounds, contest.turn) = (7, .milliseconds(1_500))
        return contest
      }
  }
}

extension Site {
  fileprivate var connectionString: String { "host=\(postgres) user=postgres dbname=postgres" }
}

/// `replace(_:ifRevision:)` of a store, with a record for each that is in flight.
struct StoreSwap: Workload {
  private let store: any ProviderStore
  private let folder: DatabaseFolder?
  private let records: [Slot]

  /// A record that one task at a time replaces.
  private actor Slot {
    private var stored: StoredRecord

    init(_ stored: StoredRecord) { self.stored = stored }

    func replace(in store: any ProviderStore) async throws {
      var record = stored.record
      record.details.phoneNumberCount = 10 + (record.details.phoneNumberCount + 1) % 90
      stored = try await store.replace(record, ifRevision: stored.revision)
    }
  }

  init(_ store: any ProviderStore, inFlight: Int, keeping folder: DatabaseFolder? = nil) async throws {
    guard store.isDurable else { throw UnexpectedResult("the store is not durable") }
    self.store = store
    self.folder = folder
    let sample = try await SampleRecord()
    var records: [Slot] = []
    for number in 0..<inFlight { records.append(Slot(try await store.insert(sample.numbered(number)))) }
    self.records = records
  }

  func run(_ count: Int) async throws {
    try await performing(count, inFlight: records.count) { worker in
      try await records[worker].replace(in: store)
    }
  }
}

/// The same transaction on sqlite3 from C, one after the other on one thread: with more, they would only wait for each
/// other.
// Unchecked, because of the pointer: one turn at a time uses it.
final class PlainCSwap: Workload, @unchecked Sendable {
  private let folder: DatabaseFolder
  private let peer: OpaquePointer
  private let id: String
  private let texts: [String]
  private var revision: Int64

  init() async throws {
    folder = try DatabaseFolder()
    let sample = try await SampleRecord()
    let store = try await SQLiteProviderStore(path: folder.file)
    let stored = try await store.insert(sample.record)
    id = stored.record.id.description
    revision = stored.revision.rawValue
    texts = [sample.text, sample.text.replacing("\"phoneNumberCount\":12", with: "\"phoneNumberCount\":13")]
    guard let peer = casPeerMake(folder.file) else { throw UnexpectedResult("the database could not be opened") }
    self.peer = peer
  }

  deinit { casPeerFree(peer) }

  func run(_ count: Int) throws {
    for number in 0..<count {
      guard casPeerReplace(peer, id, texts[number % 2], &revision) == 0 else {
        throw UnexpectedResult("the plain C peer could not replace the record")
      }
    }
  }
}

/// The store's own statement, prepared and sent by pgbench on a thread of its own: each client replaces a record of its own,
/// by the revision that it got the last time.
struct PgbenchSwap: Workload {
  private let clients: Int
  private let command: [String]
  private let script: DatabaseFolder

  init(_ site: Site, clients: Int) async throws {
    self.clients = clients
    let sample = try await SampleRecord()
    let schema = "pgbench_\(clients)"
    let store = try await PostgresProviderStore(site.connectionString, options: .init(schema: schema))
    for number in 0..<clients { _ = try await store.insert(sample.numbered(number)) }
    let stored = StoredRecord(record: sample.record, revision: Revision(rawValue: 0))
    let statement = try store.statement(replacing: stored, with: sample.record)
    guard statement.bindings.count == 6 else { throw UnexpectedResult("the statement has other parameters") }
    let names = ["NULL", ":id", ":account", "'us1'", ":document", ":revision"]
    let sql = names.enumerated().reduce(statement.sql) { $0.replacing("$\($1.offset + 1)", with: $1.element) }
    script = try DatabaseFolder()
    try """
    \\if :revision = 0
    SELECT id, account, revision FROM \(schema).token_rotation_providers ORDER BY id LIMIT 1 OFFSET :client_id \\gset
    \\endif
    \(sql) \\gset
    """.write(toFile: script.file, atomically: true, encoding: .utf8)
    command =
      [site.pgbench, "--no-vacuum", "--protocol=prepared", "--file=\(script.file)", "--client=\(clients)"]
      + ["id=-", "account=-", "revision=0", "document=\(sample.text)"].map { "--define=\($0)" }
      + ["--host=\(site.postgres)", "--username=postgres", "postgres"]
  }

  private func perform(_ count: Int) throws -> String {
    let each = max(1, count / clients)
    return try Command(Array(command.dropLast()) + ["--transactions=\(each)", "postgres"]).run().output
  }

  func run(_ count: Int) throws { _ = try perform(count) }

  /// As pgbench has it, without the time that connecting takes.
  func figure(of count: Int, in unit: Unit) throws -> Double {
    let output = try perform(count)
    guard let match = output.firstMatch(of: /tps = ([0-9.]+)/), let rate = Double(match.1),
      output.contains("number of failed transactions: 0 ")
    else { throw UnexpectedResult("pgbench printed:\n\(output)") }
    return rate
  }
}
