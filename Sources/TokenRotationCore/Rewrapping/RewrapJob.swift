/// Goes through a store once, and then back to the records that workers held.
struct RewrapJob {
  /// A worker's hold on a record, as it was first seen.
  private struct Watch {
    let tenure: RotationTenure
    let since: Duration
  }

  let rewrapping: Rewrapping
  let concurrency: Int
  private(set) var progress = RewrapProgress()
  private var watched: [ProviderID: Watch] = [:]

  private var providers: TwilioProviders { rewrapping.providers }

  init(rewrapping: Rewrapping, concurrency: Int) {
    self.rewrapping = rewrapping
    self.concurrency = concurrency
  }

  mutating func run(telling tell: (RewrapProgress) -> Void) async throws {
    var last: ProviderID?
    repeat {
      let page = try await providers.store.page(after: last, limit: 100)
      progress.examined += page.records.count + page.unreadable.count
      for id in page.unreadable { progress.failures[id] = .unreadableRecord }
      try await rewrap(page.records)
      tell(progress)
      last = page.next
    } while last != nil
    while !watched.isEmpty {
      try await providers.configuration.timeSource.sleep(for: providers.configuration.timings.lease / 4)
      var records: [StoredRecord] = []
      for id in watched.keys.sorted() {
        if let stored = try await providers.store.read(id) {
          records.append(stored)
        } else {
          watched[id] = nil
        }
      }
      try await rewrap(records)
      tell(progress)
    }
  }

  private mutating func rewrap(_ records: [StoredRecord]) async throws {
    try await withThrowingTaskGroup(of: (ProviderID, Rewrapping.Result).self) { group in
      for (position, stored) in records.enumerated() {
        if position >= concurrency, let (id, result) = try await group.next() { note(result, of: id) }
        group.addTask { [rewrapping] in (stored.record.id, try await rewrapping.rewrap(stored)) }
      }
      while let (id, result) = try await group.next() { note(result, of: id) }
    }
    progress.waiting = watched.count
  }

  private mutating func note(_ result: Rewrapping.Result, of id: ProviderID) {
    let watch = watched.removeValue(forKey: id)
    switch result {
    case .done(let tokens):
      progress.rewrapped += tokens
    case .failed(let tokens, let error):
      progress.rewrapped += tokens
      progress.failures[id] = error
    case .held(let tenure):
      let now = providers.configuration.timeSource.uptime
      guard let watch, watch.tenure == tenure else {
        watched[id] = Watch(tenure: tenure, since: now)
        return
      }
      // As whoever takes over does, with a hundredth more.
      if now - watch.since < tenure.lease * 101 / 100 { watched[id] = watch } else { progress.held.append(id) }
    }
  }
}
