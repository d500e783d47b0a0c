import TokenRotationCore

extension ContractClause {
  /// What a single writer relies on.
  static let writing: [ContractClause] = [
    ContractClause(
      name: "durability", promise: "A write that returned is there for a store that is opened afterwards."
    ) { subject in
      func write() async throws -> (kept: StoredRecord, replaced: StoredRecord, removed: ProviderID) {
        let store = try await subject.open()
        let kept = try await store.insert(subject.record("kept", account: 1))
        let first = try await store.insert(subject.record("replaced", account: 2))
        let replaced = try await store.replace(first.record.named("Another name"), ifRevision: first.revision)
        let removed = try await store.insert(subject.record("removed", account: 3))
        try await store.remove(removed.record.id, ifRevision: removed.revision)
        return (kept, replaced, removed.record.id)
      }
      let (kept, replaced, removed) = try await write()
      let store = try await subject.open()
      try await subject.expect(kept, at: kept.record.id, in: store, "After an insert")
      try await subject.expect(replaced, at: replaced.record.id, in: store, "After a replace")
      try await subject.expect(nil, at: removed, in: store, "After a remove")
    },
    ContractClause(
      name: "readYourWrites", promise: "What one store wrote, that one and every other one reads from then on."
    ) { subject in
      let stores = [try await subject.open(), try await subject.open()]
      var stored = try await stores[0].insert(subject.record("one"))
      for number in 1...24 {
        for store in stores {
          try await subject.expect(stored, at: stored.record.id, in: store, "After write \(number)")
          let found = try await store.find(accountSID: stored.record.accountSID)
          try subject.require(found == [stored], "After write \(number), find gives another state than read.")
          let page = try await store.page(after: nil, limit: 10)
          try subject.require(page.records == [stored], "After write \(number), a page gives another state than read.")
        }
        stored = try await stores[number % 2].replace(
          stored.record.named("Name \(number)"), ifRevision: stored.revision)
      }
      try await stores[1].remove(stored.record.id, ifRevision: stored.revision)
      for store in stores { try await subject.expect(nil, at: stored.record.id, in: store, "After the remove") }
    },
    ContractClause(
      name: "staleRevision", promise: "A write with a revision that is no longer the record's changes nothing."
    ) { subject in
      let store = try await subject.open()
      let other = try await subject.open()
      let first = try await store.insert(subject.record("one"))
      let bystander = try await store.insert(subject.record("two", account: 2))
      let second = try await other.replace(first.record.named("Second"), ifRevision: first.revision)
      for revision in [first.revision, bystander.revision, Revision(rawValue: 0), Revision(rawValue: .max)] {
        try await subject.expect(.storeConflict, "A replace with another revision") {
          try await store.replace(first.record.named("Late"), ifRevision: revision)
        }
        try await subject.expect(.storeConflict, "A remove with another revision") {
          try await store.remove(first.record.id, ifRevision: revision)
        }
        try await subject.expect(second, at: first.record.id, in: other, "After a refused write")
      }
    },
    ContractClause(
      name: "missingRecord", promise: "Replacing or removing a record that is not there is a conflict and makes none."
    ) { subject in
      let store = try await subject.open()
      let stored = try await store.insert(subject.record("one"))
      let missing = try subject.record("missing", account: 2)
      let gone = try await store.insert(subject.record("gone", account: 3))
      try await store.remove(gone.record.id, ifRevision: gone.revision)
      for (record, revision) in [(missing, stored.revision), (gone.record, gone.revision)] {
        try await subject.expect(.storeConflict, "A replace of a record that is not there") {
          try await store.replace(record, ifRevision: revision)
        }
        try await subject.expect(.storeConflict, "A remove of a record that is not there") {
          try await store.remove(record.id, ifRevision: revision)
        }
        try await subject.expect(nil, at: record.id, in: store, "After a refused write")
      }
      try await subject.expect(stored, at: stored.record.id, in: store, "After refused writes of others")
    },
    ContractClause(
      name: "newRevisions", promise: "Every write gives a revision that the record never had before."
    ) { subject in
      let stores = [try await subject.open(), try await subject.open()]
      let record = try subject.record("one")
      var seen: Set<Revision> = []
      func note(_ stored: StoredRecord, _ write: String) throws {
        try subject.require(
          seen.insert(stored.revision).inserted, "\(write) gave revision \(stored.revision), which was there before.")
      }
      for round in 0..<8 {
        let inserted = try await stores[round % 2].insert(record)
        try note(inserted, "An insert after \(round) removes")
        // The same bytes again: a state of its own all the same.
        var last = inserted
        for number in 0...round {
          last = try await stores[number % 2].replace(record, ifRevision: last.revision)
          try note(last, "A replace")
        }
        let latest = try await stores[0].read(record.id)
        try subject.require(latest?.revision == last.revision, "A record is read with another revision than written.")
        try await stores[(round + 1) % 2].remove(record.id, ifRevision: last.revision)
      }
    },
  ]
}
