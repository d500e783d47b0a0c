#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A record as a table keeps it: the document as text, and beside it the columns that are looked up.
package struct RecordRow: Sendable {
  package let id: String
  package let account: String
  package let region: String
  package let revision: Int64
  /// The document, as JSON.
  package let record: String

  /// Takes what a database gave.
  package init(id: String, account: String, region: String, revision: Int64, record: String) {
    self.id = id
    self.account = account
    self.region = region
    self.revision = revision
    self.record = record
  }

  /// The document of a record, as it is written: the same record always gives the same text.
  package static func text(of record: ProviderRecord) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(record), as: UTF8.self)
  }

  /// Reads the record.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/recordUnreadable``, which names the record.
  package func decoded() throws -> StoredRecord {
    let decoded: ProviderRecord
    do {
      decoded = try JSONDecoder().decode(ProviderRecord.self, from: Data(record.utf8))
    } catch {
      throw TokenRotationError.recordDamaged(id, cause: error)
    }
    guard try decoded.id == ProviderID(id), decoded.accountSID.canonical == account, decoded.region.id == region else {
      throw TokenRotationError(
        .recordUnreadable, "The record of the provider \(id) belongs to another provider. Restore it from a backup.")
    }
    return StoredRecord(record: decoded, revision: Revision(rawValue: revision))
  }
}

extension ProviderPage {
  /// Makes a page of the rows that a database gave for it, which are asked for one more of than the page may hold: that
  /// one tells whether there is another page.
  package init(rows: [RecordRow], limit: Int) throws {
    let page = rows.prefix(limit)
    var records: [StoredRecord] = []
    var unreadable: [ProviderID] = []
    for row in page {
      do {
        records.append(try row.decoded())
      } catch {
        unreadable.append(try ProviderID(row.id))
      }
    }
    let next = rows.count > page.count ? try page.last.map { try ProviderID($0.id) } : nil
    self.init(records: records, unreadable: unreadable, next: next)
  }
}

// What every store refuses, in the same words.
extension TokenRotationError {
  package static func idTaken(fileID: String = #fileID, line: UInt = #line) -> TokenRotationError {
    TokenRotationError(
      .providerAlreadyRegistered, "A provider with this id is registered already. Update it, or use another id.",
      fileID: fileID, line: line)
  }

  package static func accountTaken(
    cause: (any Error)? = nil, fileID: String = #fileID, line: UInt = #line
  ) -> TokenRotationError {
    TokenRotationError(
      .accountAlreadyRegistered,
      "A provider with this account SID is registered in this region already. Update its token instead.",
      cause: cause, fileID: fileID, line: line)
  }

  package static func revisionPassed(
    cause: (any Error)? = nil, fileID: String = #fileID, line: UInt = #line
  ) -> TokenRotationError {
    TokenRotationError(
      .storeConflict, "The provider was changed or removed meanwhile. Read it again.", cause: cause, fileID: fileID,
      line: line)
  }

  package static func recordDamaged(
    _ id: String, cause: any Error, fileID: String = #fileID, line: UInt = #line
  ) -> TokenRotationError {
    TokenRotationError(
      .recordUnreadable,
      "The record of the provider \(id) is damaged or of a newer release. Restore it from a backup.", cause: cause,
      fileID: fileID, line: line)
  }
}
