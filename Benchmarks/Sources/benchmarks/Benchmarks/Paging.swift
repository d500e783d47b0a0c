import CBenchmarkPeers
import Synchronization
import TokenRotation
import TokenRotationSQLite

/// Going through all records of a store, as a resume of all rotations does: how much memory that takes.
enum Paging {
  static let records = 1_000_000
  static let pageSize = 100

  static func contests() -> [Contest] {
    var contest = Contest(
      "page/sqlite/\(records)", .memory,
      peers: [Contest.Peer("10000", .atMost(1.1)) { try await PageThrough(records: 10_000) }]
    ) { try await PageThrough(records: records) }
    (contest.rounds, contest.turn) = (1, nil)
    return [contest]
  }

  /// What the child does whose memory is measured.
  static func pageThrough(file: String) async throws {
    let store = try await SQLiteProviderStore(path: file)
    var (count, last) = (0, ProviderID?.none)
    repeat {
      let page = try await store.page(after: last, limit: pageSize)
      guard page.unreadable.isEmpty else { throw UnexpectedResult("records are unreadable: \(page.unreadable)") }
      count += page.records.count
      last = page.next
    } while last != nil
    Report.say("\(count)")
  }

  /// Puts so many records into a store in memory, and forgets them all at once.
  static func keepInMemory(_ count: Int) async throws {
    let (sample, store) = (try await SampleRecord(), InMemoryProviderStore())
    for number in 0..<count { _ = try await store.insert(sample.numbered(number)) }
    guard try await store.page(after: nil, limit: count + 1).records.count == count else {
      throw UnexpectedResult("the store does not hold what was put in")
    }
  }
}

/// A process that goes through a database of so many records.
final class PageThrough: Workload {
  private let folder: DatabaseFolder
  private let records: Int
  private let documentSize: Int
  private let milliseconds = Atomic(0)

  init(records: Int) async throws {
    folder = try DatabaseFolder()
    self.records = records
    let sample = try await SampleRecord()
    documentSize = sample.text.utf8.count
    _ = try await SQLiteProviderStore(path: folder.file)
    guard let peer = casPeerMake(folder.file) else { throw UnexpectedResult("the database could not be opened") }
    defer { casPeerFree(peer) }
    guard casPeerFill(peer, sample.text, sample.record.id.description, Site.accountSID, Int64(records)) == 0 else {
      throw UnexpectedResult("the records could not be put in")
    }
  }

  func run(_ count: Int) throws { _ = try Child.peak(["page", folder.file]) }

  func figure(of count: Int, in unit: Unit) throws -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    let peak = try Child.peak(["page", folder.file])
    milliseconds.store(Int(start.duration(to: clock.now) / .milliseconds(1)), ordering: .relaxed)
    return Double(peak)
  }

  func remarks() throws -> [String] {
    let rate = Double(records) / Double(milliseconds.load(ordering: .relaxed)) * 1000
    let remark = "\(records) records of \(documentSize) bytes at \(Unit.rate.text(rate))"
    guard records == Paging.records else { return [remark] }
    let kept = 20_000
    let each = try (Child.peak(["keep", "\(kept)"]) - Child.peak(["keep", "0"])) / kept
    return [remark, "a record takes \(each) bytes in InMemoryProviderStore"]
  }
}
