import TokenRotationCore

extension ContractClause {
  /// Going through all records.
  static let paging: [ContractClause] = [
    ContractClause(
      name: "pagingOrder", promise: "Pages hold every record once, in the order of the ids' UTF-8 bytes."
    ) { subject in
      let store = try await subject.open()
      let empty = try await store.page(after: nil, limit: 1)
      try subject.require(empty.records.isEmpty && empty.next == nil, "An empty store has a page that is not empty.")
      // In this order by bytes; collations put most of them elsewhere.
      let ids = try [
        "\u{1}", " ", "#", "10", "9", "A", "B", "Z", "_", "a", "aa", "a\u{301}", "b", "z", "zz", "ß", "\u{e1}", "ä",
        "ı",
        "ا", "漢", "\u{ff41}", "\u{fffd}", "\u{10000}", "😀",
      ].map { try ProviderID($0) }
      for (number, id) in ids.enumerated().reversed() {
        _ = try await store.insert(subject.record(id.description, account: number))
      }
      for limit in [1, 2, 7, ids.count - 1, ids.count, ids.count + 1, .max] {
        let walked = try await walk(store, limit: limit, subject)
        try subject.require(
          walked == ids, "By \(limit) the order of the ids is \(walked), not \(ids).")
      }
      for (index, id) in ids.enumerated() {
        let page = try await store.page(after: id, limit: 3)
        try subject.require(
          page.records.map(\.record.id) == Array(ids[(index + 1)...].prefix(3)),
          "The page after \(id) begins elsewhere.")
      }
      let between = try await store.page(after: ProviderID("aaa"), limit: 1)
      try subject.require(
        between.records.first?.record.id == (try ProviderID("a\u{301}")),
        "The page after an id that is not there is wrong.")
    },
    ContractClause(
      name: "pageLimits", promise: "A page holds at most as many records as asked for, and the last one says so."
    ) { subject in
      let store = try await subject.open()
      for number in 0..<12 { _ = try await store.insert(subject.record("id-\(number)", account: number)) }
      for limit in [1, 2, 5, 11, 12, 13, 1_000_000, .max] {
        let page = try await store.page(after: nil, limit: limit)
        try subject.require(
          page.records.count <= limit, "A page of \(limit) holds \(page.records.count) records.")
        try subject.require(!page.records.isEmpty, "A page of \(limit) holds nothing although there are records.")
        try subject.require(limit < 12 || page.records.count == 12, "A page of \(limit) does not hold all 12 records.")
        try subject.require(limit >= 12 || page.next != nil, "A page of \(limit) of 12 says that it is the last one.")
        try subject.require(limit <= 12 || page.next == nil, "A page of \(limit) with all 12 says that there are more.")
      }
    },
    ContractClause(
      name: "pagingWhileWriting",
      promise:
        "A record that is there from the first page to the last is on exactly one, whatever is written meanwhile."
    ) { subject in
      let store = try await subject.open()
      let other = try await subject.open()
      let steady = try (10..<34).map { try ProviderID("\($0)-steady") }
      for (number, id) in steady.enumerated() {
        _ = try await store.insert(subject.record(id.description, account: number))
      }
      var account = 1_000
      for limit in [1, 3, 4] {
        // Between two pages: a record goes, before or at the page's end, another comes before it, one after, and some of
        // those that stay are replaced.
        var passing: [StoredRecord] = []
        let walked = try await walk(store, limit: limit, subject) { page in
          for stored in passing { try await other.remove(stored.record.id, ifRevision: stored.revision) }
          passing = []
          // Behind one that stays only, or there would always be another page.
          guard let last = page.records.last?.record.id, steady.contains(last) else { return }
          let number = last.description.prefix(2)
          for id in ["00-passing", "\(number)-passing", "\(number)-very-\(account)"] {
            account += 1
            passing.append(try await other.insert(subject.record(id, account: account)))
          }
          for stored in page.records + [try await other.read(steady[steady.count - 1])].compactMap({ $0 })
          where stored.record.id.description.hasSuffix("steady") {
            _ = try await replaceLatest(stored.record.id, in: other, subject)
          }
        }
        try subject.expectOnce(steady, in: walked)
        for stored in passing { try await other.remove(stored.record.id, ifRevision: stored.revision) }
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for number in 0..<120 {
            let stored = try await other.insert(
              subject.record("\(10 + number * 7 % 24)-passing", account: 5_000 + number))
            _ = try await replaceLatest(steady[number % steady.count], in: other, subject)
            try await other.remove(stored.record.id, ifRevision: stored.revision)
          }
        }
        group.addTask {
          for limit in [2, 3, 5, 2, 3, 5] {
            try subject.expectOnce(steady, in: try await walk(store, limit: limit, subject))
          }
        }
        try await group.waitForAll()
      }
    },
  ]

  /// Goes through all pages, and gives the ids in the order found.
  private static func walk(
    _ store: any ProviderStore, limit: Int, _ subject: ContractSubject,
    betweenPages: (ProviderPage) async throws -> Void = { _ in }
  ) async throws -> [ProviderID] {
    var walked: [ProviderID] = []
    var after: ProviderID?
    var count = 0
    repeat {
      count += 1
      try subject.require(count <= 10_000, "After 10,000 pages of a few records there is still another one.")
      let page = try await store.page(after: after, limit: limit)
      let ids = page.records.map(\.record.id)
      try subject.require(ids.count <= limit, "A page of \(limit) holds \(ids.count) records.")
      try subject.require(page.unreadable.isEmpty, "The page says that \(page.unreadable) are unreadable.")
      try subject.require(ids == ids.sorted(), "The ids of a page are not in the order of their bytes: \(ids).")
      walked += ids
      if let after, let next = page.next {
        try subject.require(after < next, "The page after \(after) says to go on after \(next).")
      }
      if let next = page.next, let last = ids.last {
        try subject.require(last <= next, "A page that ends with \(last) says to go on after \(next).")
      }
      after = page.next
      if after != nil { try await betweenPages(page) }
    } while after != nil
    return walked
  }

  /// Replaces a record that others may be replacing as well.
  private static func replaceLatest(
    _ id: ProviderID, in store: any ProviderStore, _ subject: ContractSubject
  ) async throws -> StoredRecord {
    let stored = try subject.require(try await store.read(id), "The record \(id) is gone, and nobody removed it.")
    return try await store.replace(stored.record.named("After \(stored.revision)"), ifRevision: stored.revision)
  }
}

extension ContractSubject {
  /// Expects each of the ids to have been met exactly once.
  fileprivate func expectOnce(_ ids: [ProviderID], in walked: [ProviderID]) throws {
    let counts = Dictionary(walked.map { ($0, 1) }, uniquingKeysWith: +)
    for id in ids {
      try require(counts[id] == 1, "\(id) was there throughout, and is on \(counts[id] ?? 0) pages.")
    }
  }
}
