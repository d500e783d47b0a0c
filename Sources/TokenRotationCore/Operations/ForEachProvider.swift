extension TwilioProviders {
  /// Does something to every provider of the store, some at a time; one's failure does not keep it from the others.
  ///
  /// - Parameters:
  ///   - concurrency: How many at a time; less than 1 is 1.
  ///   - isMeant: Which records there is something to do for.
  ///   - body: What to do.
  /// - Returns: What came of each one that it was done for, and an error for each one that cannot be read.
  /// - Throws: ``TokenRotationError`` with the code `storeFailed` if the store cannot be paged through, `CancellationError`.
  func forEachProvider<Value: Sendable>(
    concurrency: Int, where isMeant: (ProviderRecord) -> Bool,
    _ body: @escaping @Sendable (ProviderID) async throws -> Value
  ) async throws -> [ProviderID: Result<Value, any Error>] {
    var results: [ProviderID: Result<Value, any Error>] = [:]
    var last: ProviderID?
    repeat {
      let page = try await store.page(after: last, limit: 100)
      for id in page.unreadable { results[id] = .failure(TokenRotationError.unreadableRecord) }
      let ids = page.records.map(\.record).filter(isMeant).map(\.id)
      try await withThrowingTaskGroup(of: (ProviderID, Result<Value, any Error>).self) { group in
        for (position, id) in ids.enumerated() {
          if position >= max(1, concurrency), let (id, result) = try await group.next() { results[id] = result }
          group.addTask {
            do {
              return (id, .success(try await body(id)))
            } catch let error as CancellationError {
              throw error
            } catch {
              return (id, .failure(error))
            }
          }
        }
        while let (id, result) = try await group.next() { results[id] = result }
      }
      last = page.next
    } while last != nil
    return results
  }
}
