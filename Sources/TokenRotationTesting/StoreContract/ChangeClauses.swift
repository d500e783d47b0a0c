import TokenRotationCore

extension ContractClause {
  /// A store that tells nothing of changes promises nothing here.
  static let changes = ContractClause(
    name: "changes", promise: "Every change that is committed is told to every listener, whichever store made it."
  ) { subject in
    guard let listening = try await subject.open() as? any ChangeNotifyingStore else { return }
    let other = try await subject.open()
    let unheard = try await listening.insert(subject.record("zero", account: 100))
    let listeners = [try await listening.changes(), try await listening.changes()]
    let writers: [any ProviderStore] = [listening, other]
    for (number, writer) in writers.enumerated() {
      var stored = try await writer.insert(subject.record("record-\(number)", account: number))
      let id = stored.record.id
      try await subject.expectTold(id, to: listeners, "an insert")
      stored = try await writer.replace(stored.record.named("Another name"), ifRevision: stored.revision)
      try await subject.expectTold(id, to: listeners, "a replace")
      try await writer.remove(id, ifRevision: stored.revision)
      try await subject.expectTold(id, to: listeners, "a remove")
    }
    try await other.remove(unheard.record.id, ifRevision: unheard.revision)
    try await subject.expectTold(unheard.record.id, to: listeners, "a remove of a record from before listening")
  }
}

extension ContractSubject {
  /// Waits until every listener was told of a record.
  fileprivate func expectTold(
    _ id: ProviderID, to listeners: [AsyncStream<ProviderChange>], _ change: String
  ) async throws {
    for listener in listeners {
      let isTold = await withTaskGroup(of: Bool.self) { group in
        group.addTask {
          for await change in listener where change == .record(id) || change == .anything { return true }
          return false
        }
        group.addTask { [patience] in
          try? await Task.sleep(for: patience)
          return false
        }
        defer { group.cancelAll() }
        return await group.next() ?? false
      }
      try require(isTold, "Nobody was told of \(change) of \(id).")
    }
  }
}
