import TokenRotationCore

extension ContractClause {
  static let compareAndSwap = ContractClause(
    name: "compareAndSwap", promise: "Of many who count in one record at once, none is lost."
  ) { subject in
    let stores = [try await subject.open(), try await subject.open()]
    let id = try await stores[0].insert(subject.record("counter", account: 0)).record.id
    let workers = 8
    let rounds = 16
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<workers {
        group.addTask {
          for _ in 0..<rounds { try await increment(id, in: stores[worker % 2], subject) }
        }
      }
      try await group.waitForAll()
    }
    for store in stores {
      let count = try await store.read(id)?.record.details.phoneNumberCount
      try subject.require(
        count == workers * rounds, "\(workers * rounds) increments make \(count.map(String.init) ?? "no record").")
    }
  }

  private static func increment(_ id: ProviderID, in store: any ProviderStore, _ subject: ContractSubject) async throws
  {
    // Each lost race is somebody else's success, of which there are fewer.
    for _ in 0..<1_000 {
      var stored = try subject.require(try await store.read(id), "The record is gone.")
      let revision = stored.revision
      stored = StoredRecord(record: stored.record.counted(), revision: revision)
      do {
        _ = try await store.replace(stored.record, ifRevision: revision)
        return
      } catch let error as TokenRotationError where error.code == .storeConflict {}
    }
    try subject.require(false, "A thousand replaces with the revision that was just read were refused.")
  }

  static let linearizability = ContractClause(
    name: "linearizability", promise: "What many read and write at once could have happened one after the other."
  ) { subject in
    let stores = [try await subject.open(), try await subject.open()]
    for round in 0..<4 {
      let initial = try await stores[round % 2].insert(subject.record("register-\(round)", account: round))
      let id = initial.record.id
      let recorder = RegisterRecorder()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<6 {
          group.addTask {
            var known = initial
            for step in 0..<16 {
              let store = stores[(worker + step / 4) % 2]
              if (worker + step) % 3 > 0 { known = try await recorder.read(id, in: store) ?? known }
              // Now and then on purpose with what was read before, so that some are refused.
              let name = "worker \(worker), step \(step)"
              let stored = try await recorder.replace(
                known.record.named(name), ifRevision: known.revision, in: store)
              if let stored {
                try subject.require(stored.record.details.name == name, "A replace returned another record than given.")
                known = step % 5 == 0 ? known : stored
              }
            }
          }
        }
        try await group.waitForAll()
      }
      _ = try await recorder.read(id, in: stores[0])
      if let flaw = recorder.history(from: initial.revision).flaw { try subject.require(false, flaw) }
    }
  }

  static let cancellation = ContractClause(
    name: "cancellation",
    promise: "A write whose task is cancelled took place as a whole or not at all, and the store goes on."
  ) { subject in
    let store = try await subject.open()
    let other = try await subject.open()
    var known = try await store.insert(subject.record("one", name: "0", token: .init(repeating: 0, count: 4_000)))
    for attempt in 1...40 {
      let before = known
      var changed = before.record.named("\(attempt)")
      changed.token = SealedToken(bytes: .init(repeating: UInt8(attempt), count: 4_000))
      let after = changed
      let write = Task { try await store.replace(after, ifRevision: before.revision) }
      // Some before they begin, some in the middle, some too late: which is the scheduler's choice.
      for _ in 0..<(attempt % 8) { await Task.yield() }
      write.cancel()
      let result = await write.result
      let found = try subject.require(try await other.read(before.record.id), "A cancelled replace removed the record.")
      let isOld = found == before
      let isNew = found.record == after && found.revision != before.revision
      try subject.require(
        isOld || isNew, "After a cancelled replace the record is neither the old one nor the new one.")
      if case .success(let stored) = result {
        try subject.require(found == stored, "A replace returned, although cancelled, and is not there.")
      }
      if case .failure(let error as TokenRotationError) = result, error.outcome == .notApplied {
        try subject.require(isOld, "A cancelled replace said that it did not take place, and it did: \(error)")
      }
      known = found
    }
    let insert = Task { try await store.insert(subject.record("two", account: 2)) }
    insert.cancel()
    if case .success(let stored) = await insert.result {
      try await subject.expect(stored, at: stored.record.id, in: other, "After a cancelled insert that returned")
    }
    // Had a cancelled call kept a connection or a lock, this would be refused or never return.
    let current = try subject.require(try await store.read(known.record.id), "The record is gone.")
    let last = try await store.replace(current.record.named("Last"), ifRevision: current.revision)
    try await subject.expect(last, at: last.record.id, in: other, "After cancelled writes")
  }
}

extension ProviderRecord {
  /// The same record with one more phone number.
  fileprivate func counted() -> ProviderRecord {
    var record = self
    record.details.phoneNumberCount += 1
    return record
  }
}
