import TokenRotationCore

extension ContractClause {
  /// What is there once only, and how it is found.
  static let uniqueness: [ContractClause] = [
    ContractClause(name: "uniqueID", promise: "At most one record has an id, also of many that are inserted at once.") {
      subject in
      let stores = [try await subject.open(), try await subject.open()]
      let first = try await stores[0].insert(subject.record("one"))
      try await subject.expect(.providerAlreadyRegistered, "A second record with the id") {
        try await stores[1].insert(subject.record("one", account: 2))
      }
      try await subject.expect(first, at: first.record.id, in: stores[1], "After a refused insert")
      let left = try await stores[1].find(accountSID: subject.accountSID(2))
      try subject.require(left.isEmpty, "A refused insert left its account behind.")

      let winners = try await inserting(stores, expecting: .providerAlreadyRegistered) {
        try subject.record("contended", account: 100 + $0)
      }
      try subject.require(winners.count == 1, "\(winners.count) of 16 inserts with one id at once took place.")
      try await subject.expect(winners[0], at: winners[0].record.id, in: stores[0], "After inserts at once")
    },
    ContractClause(
      name: "uniqueAccount",
      promise: "At most one record has an account in a region, whatever the case of the account's hexadecimal digits."
    ) { subject in
      let stores = [try await subject.open(), try await subject.open()]
      let first = try await stores[0].insert(subject.record("one", account: 0xabc))
      let capitals = ProviderRecord(
        id: try ProviderID("two"), accountSID: try subject.accountSID(0xabc, inCapitals: true), region: .us1,
        details: first.record.details, token: first.record.token)
      try await subject.expect(.accountAlreadyRegistered, "The same account and region, in capitals,") {
        try await stores[1].insert(capitals)
      }
      try await subject.expect(nil, at: capitals.id, in: stores[0], "After a refused insert")
      // The edge is a way to the region and no other region.
      try await subject.expect(.accountAlreadyRegistered, "The same account and region through another edge") {
        try await stores[1].insert(subject.record("two", account: 0xabc, region: TwilioRegion("singapore.us1")))
      }
      let elsewhere = try await stores[1].insert(subject.record("two", account: 0xabc, region: .ie1))
      try await subject.expect(elsewhere, at: elsewhere.record.id, in: stores[0], "In another region")
      try await stores[0].remove(first.record.id, ifRevision: first.revision)
      _ = try await stores[1].insert(subject.record("three", account: 0xabc))

      let winners = try await inserting(stores, expecting: .accountAlreadyRegistered) {
        try subject.record("contender-\($0)", account: 0xdef)
      }
      try subject.require(winners.count == 1, "\(winners.count) of 16 inserts of one account at once took place.")
    },
    ContractClause(
      name: "findByAccount", promise: "find gives the records of an account in every region, by id, and no others."
    ) { subject in
      let store = try await subject.open()
      var expected: [StoredRecord] = []
      for (index, region) in TwilioRegion.known.enumerated() {
        expected.append(try await store.insert(subject.record("id-\((index * 5) % 8)", account: 7, region: region)))
        _ = try await store.insert(subject.record("other-\(index)", account: 0xaf, region: region))
      }
      expected.sort { $0.record.id < $1.record.id }
      for inCapitals in [false, true] {
        let found = try await store.find(accountSID: subject.accountSID(7, inCapitals: inCapitals))
        try subject.require(
          found == expected,
          "It should find \(expected.map(\.record.id)), and finds \(found.map(\.record.id))\(inCapitals ? " by capitals" : "")."
        )
      }
      let removed = expected.remove(at: 3)
      try await store.remove(removed.record.id, ifRevision: removed.revision)
      expected[0] = try await store.replace(
        expected[0].record.named("Another name"), ifRevision: expected[0].revision)
      let left = try await store.find(accountSID: subject.accountSID(7))
      try subject.require(left == expected, "After a replace and a remove it finds another state than was written.")
      let nobody = try await store.find(accountSID: subject.accountSID(8))
      try subject.require(nobody.isEmpty, "It finds records of an account that has none.")
    },
  ]

  /// Inserts sixteen records at once, and gives those that were taken.
  private static func inserting(
    _ stores: [any ProviderStore], expecting code: TokenRotationError.Code,
    _ record: @escaping @Sendable (Int) throws -> ProviderRecord
  ) async throws -> [StoredRecord] {
    try await withThrowingTaskGroup(of: StoredRecord?.self) { group in
      for number in 0..<16 {
        group.addTask {
          do {
            return try await stores[number % stores.count].insert(record(number))
          } catch let error as TokenRotationError where error.code == code {
            return nil
          }
        }
      }
      return try await group.reduce(into: []) { winners, stored in if let stored { winners.append(stored) } }
    }
  }
}
