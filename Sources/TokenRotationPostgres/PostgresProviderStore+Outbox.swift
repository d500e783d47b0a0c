public import TokenRotationCore

extension PostgresProviderStore {
  /// A step of a provider's life.
  ///
  /// Numbers are in the order in which steps are first given out, which is that of commits
  /// for the steps of one provider.
  public typealias Transition = OutboxTransition

  /// The oldest steps that nobody has acknowledged yet: exactly one for each that was committed.
  ///
  /// Handle them in order, then ``acknowledge(through:)``. Whoever crashes between the two is given them again; the
  /// number tells a step that was handled before.
  ///
  /// - Parameter limit: How many at most, at least 1.
  /// - Returns: An empty list if there are none, or the store does not keep them.
  public func transitions(limit: Int = 100) async throws -> [Transition] {
    let limit = [String(max(1, limit))]
    let rows = try await withTransaction { [statements = table.statements] transaction in
      // One at a time, so that who reads later is given greater numbers.
      try await transaction.execute(statements.lockOutbox)
      try await transaction.execute(statements.numberSteps, limit)
      return try await transaction.execute(statements.steps, limit)
    }
    return try rows.map { row in
      guard row.count == 4, let provider = row[1], let label = row[3] else { throw Schema.foreign() }
      return Transition(
        number: try RecordTable.number(row[0]), provider: try ProviderID(provider),
        revision: Revision(rawValue: try RecordTable.number(row[2])), label: label)
    }
  }

  /// Forgets the steps up to and including this number.
  public func acknowledge(through number: Int64) async throws {
    _ = try await pool.run(table.statements.acknowledge, [String(number)], writes: true)
  }
}
