/// Keeps provider records: a map of documents with compare-and-swap.
///
/// ``InMemoryProviderStore`` is there to try things out with. Write your own to keep the records in the database that
/// your host has: a table with the id, the account SID, the region, a revision and the record as one document (it is
/// `Codable`) is enough.
///
/// An adopter has to keep these promises.
/// - **A write that returned is there**, for every process that uses the store, and after a crash if ``isDurable``.
/// - **Compare-and-swap.** ``replace(_:ifRevision:)`` and ``remove(_:ifRevision:)`` take effect only if the record's
///   revision is the one given, and check and change are one step. Everything that keeps two workers apart rests on it.
/// - **A revision stands for one state of one record.** Every write gives a new one; none comes back, not even when a
///   record is removed and another is inserted under its id.
/// - **Unique.** At most one record for an id, and one for an account SID with a region, compared as
///   ``AccountSID/canonical`` and ``TwilioRegion/id``.
/// - **The record comes back as it went in**, fields that this release does not know included.
///
/// Errors are ``TokenRotationError`` with the codes named at each method. An error of another type is taken for a failure
/// of the store; after a write, it means that nobody knows whether the write took place, so throw a `TokenRotationError`
/// with the outcome `notApplied` where you do know.
///
/// A complete adopter is ``InMemoryProviderStore`` itself, in some eighty lines.
public protocol ProviderStore: Sendable {
  /// Whether a write that returned survives the end of the process.
  ///
  /// Operations that make Twilio issue a token refuse to run on a store that is not durable, unless the host allows it.
  var isDurable: Bool { get }

  /// Adds a record.
  ///
  /// - Returns: The record with its first revision.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/providerAlreadyRegistered`` if the id is
  ///   taken, or ``TokenRotationError/Code/accountAlreadyRegistered`` if the account SID is taken in that region.
  func insert(_ record: ProviderRecord) async throws -> StoredRecord

  /// Gives the record with this id; nil if there is none.
  func read(_ id: ProviderID) async throws -> StoredRecord?

  /// Gives the records of an account, at most one for each region, ordered by id.
  func find(accountSID: AccountSID) async throws -> [StoredRecord]

  /// Puts a record in the place of the one with the same id, if that one's revision is still `revision`.
  ///
  /// - Returns: The record with its new revision.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/storeConflict`` if the revision is another
  ///   one, or the record is gone. The stored record is then as it was.
  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord

  /// Removes a record, if its revision is still `revision`.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/storeConflict``, as in
  ///   ``replace(_:ifRevision:)``.
  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws

  /// Gives the records that follow `id` in the order of ids (by UTF-8 bytes), at most `limit` of them.
  ///
  /// A record that is there from the first page to the last is on exactly one of them, whatever else is written
  /// meanwhile.
  ///
  /// - Parameters:
  ///   - id: The last id of the page before; nil for the first page.
  ///   - limit: How many records at most, at least 1.
  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage
}

/// Marks one state of one record; only good for comparing.
public struct Revision: Hashable, Sendable, CustomStringConvertible {
  /// The store's own number.
  public let rawValue: Int64

  /// Wraps a store's number.
  public init(rawValue: Int64) { self.rawValue = rawValue }

  /// The number.
  public var description: String { String(rawValue) }
}

/// A record as a store holds it.
public struct StoredRecord: Hashable, Sendable {
  /// The document.
  public let record: ProviderRecord
  /// The state that it was read in.
  public let revision: Revision

  /// Pairs a document with its revision.
  public init(record: ProviderRecord, revision: Revision) {
    self.record = record
    self.revision = revision
  }
}

/// Some of a store's records, in the order of their ids.
public struct ProviderPage: Hashable, Sendable {
  /// The records that could be read.
  public let records: [StoredRecord]
  /// The ids of those that could not: one that is damaged must not hide the others.
  public let unreadable: [ProviderID]
  /// What to ask for the next page with; nil on the last one.
  public let next: ProviderID?

  /// Makes a page.
  public init(records: [StoredRecord], unreadable: [ProviderID] = [], next: ProviderID?) {
    self.records = records
    self.unreadable = unreadable
    self.next = next
  }
}
