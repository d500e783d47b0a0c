import TokenRotationCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension BrokenStore {
  /// Mistakes in uniqueness, finding, paging and in what is kept.
  static let looking: [BrokenStore] = [
    BrokenStore("account compared with its case", "uniqueAccount") {
      $0.onInsert = { base, record in
        let rivals = try await base.find(accountSID: record.accountSID).filter { $0.record.region == record.region }
        if let rival = rivals.first, "\(rival.record.accountSID)" != "\(record.accountSID)" {
          return StoredRecord(record: record, revision: Revision(rawValue: -1))
        }
        return try await base.insert(record)
      }
    },
    BrokenStore("region ignored", "uniqueAccount") {
      $0.onInsert = { base, record in
        guard try await base.find(accountSID: record.accountSID).isEmpty else {
          throw TokenRotationError(.accountAlreadyRegistered, "The account is there.")
        }
        return try await base.insert(record)
      }
    },
    BrokenStore("find misses those in other regions", "findByAccount") {
      $0.onFind = { Array(try await $0.find(accountSID: $1).prefix(1)) }
    },
    BrokenStore("find not in order", "findByAccount") {
      $0.onFind = { try await $0.find(accountSID: $1).reversed() }
    },
    BrokenStore("page in the order of a language", "pagingOrder") {
      $0.onPage = { base, id, limit in
        let all = try await base.page(after: nil, limit: .max).records
          .sorted { ("\($0.record.id)".lowercased(), $0.record.id) < ("\($1.record.id)".lowercased(), $1.record.id) }
        let rest = all.drop { stored in id.map { stored.record.id != $0 } ?? false }.dropFirst(id == nil ? 0 : 1)
        let page = Array(rest.prefix(limit))
        return ProviderPage(records: page, next: page.count < rest.count ? page.last?.record.id : nil)
      }
    },
    BrokenStore("page larger than asked for", "pageLimits") {
      $0.onPage = { try await $0.page(after: $1, limit: $2 == .max ? .max : $2 + 1) }
    },
    BrokenStore("last page not told", "pageLimits") {
      $0.onPage = { base, id, limit in
        let page = try await base.page(after: id, limit: limit)
        return ProviderPage(records: page.records, next: page.records.last?.record.id)
      }
    },
    BrokenStore("page that skips: goes on after as many as before", "pagingWhileWriting", making: { offsetPaging() }),
    BrokenStore("page that repeats: begins with the last one again", "pagingWhileWriting") {
      $0.onPage = { base, id, limit in
        let page = try await base.page(after: id, limit: limit)
        guard let id, let last = try await base.read(id), limit > 1 else { return page }
        let records = [last] + page.records.prefix(limit - 1)
        let isShorter = page.records.count >= limit
        return ProviderPage(records: records, next: isShorter ? records.last?.record.id : page.next)
      }
    },
    BrokenStore("id compared without its case", "oddIDs") {
      $0.onRead = { base, id in
        let all = try await base.page(after: nil, limit: .max).records
        return all.first { "\($0.record.id)".lowercased() == "\(id)".lowercased() }
      }
    },
    BrokenStore("text cut at 255 bytes", "largeValues") {
      $0.onReplace = { base, record, revision in
        var record = record
        record.details.name = String(decoding: record.details.name.utf8.prefix(255), as: UTF8.self)
        return try await base.replace(record, ifRevision: revision)
      }
    },
    BrokenStore("text composed", "largeValues") {
      $0.onReplace = { base, record, revision in
        var record = record
        if record.details.name == "é" { record.details.name = "\u{e9}" }
        return try await base.replace(record, ifRevision: revision)
      }
    },
    BrokenStore("unknown fields dropped", "unknownFields") {
      $0.onInsert = { base, record in
        let known = ProviderRecord(
          id: record.id, accountSID: record.accountSID, region: record.region, details: record.details,
          verification: record.verification, token: record.token, rotation: record.rotation)
        return try await base.insert(known)
      }
    },
    BrokenStore("unknown fields of the rotation dropped", "unknownFields") {
      $0.onInsert = { base, record in
        var record = record
        record.rotation = .idle
        return try await base.insert(record)
      }
    },
  ]

  /// Pages by how many records came before, as `OFFSET` does.
  private static func offsetPaging() -> StoreDouble {
    let positions = Mutexed<[ProviderID: Int]>([:])
    return StoreDouble {
      $0.onPage = { base, id, limit in
        let all = try await base.page(after: nil, limit: .max).records
        let start = id.map { id in positions.withLock { $0[id] ?? 0 } } ?? 0
        let page = Array(all.dropFirst(start).prefix(limit))
        guard let last = page.last?.record.id, start + page.count < all.count else {
          return ProviderPage(records: page, next: nil)
        }
        positions.withLock { $0[last] = start + page.count }
        return ProviderPage(records: page, next: last)
      }
    }
  }
}
