import CBenchmarkPeers
import TokenRotation
import TokenRotationSQLite

/// Replacing a record durably if nobody else changed it: what every write of an update or a rotation is.
enum CompareAndSwap {
  static func contests() -> [Contest] {
    [1, 16].map { inFlight in
      Contest(
        "cas/sqlite/\(inFlight)", .rate,
        peers: [Contest.Peer("sqlite3", .atLeast(0.8)) { try await PlainCSwap() }]
      ) { try await SQLiteSwap(inFlight: inFlight) }
    }
  }
}

/// `SQLiteProviderStore.replace(_:ifRevision:)`, with a record for each that is in flight.
struct SQLiteSwap: Workload {
  private let folder: DatabaseFolder
  private let store: SQLiteProviderStore
  private let records: [Slot]

  /// A record that one task at a time replaces.
  private actor Slot {
    private var stored: StoredRecord

    init(_ stored: StoredRecord) { self.stored = stored }

    func replace(in store: SQLiteProviderStore) async throws {
      var record = stored.record
      record.details.phoneNumberCount = 10 + (record.details.phoneNumberCount + 1) % 90
      stored = try await store.replace(record, ifRevision: stored.revision)
    }
  }

  init(inFlight: Int) async throws {
    folder = try DatabaseFolder()
    store = try await SQLiteProviderStore(path: folder.file)
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
