#if SQLite
import GRDB
public import TokenRotationCore

extension SQLiteProviderStore {
  /// A step of a provider's life.
  ///
  /// Numbers are in the order of commits.
  public typealias Transition = OutboxTransition

  /// The oldest steps that nobody has acknowledged yet: exactly one for each that was committed.
  ///
  /// Handle them in order, then ``acknowledge(through:)``. Whoever crashes between the two is given them again; the
  /// number tells a step that was handled before.
  ///
  /// - Parameter limit: How many at most, at least 1.
  /// - Returns: An empty list if there are none, or the store does not keep them.
  public func transitions(limit: Int = 100) async throws -> [Transition] {
    try await read { _, database in
      try Row.fetchAll(
        database, sql: "SELECT number, provider, revision, label FROM token_rotation_outbox ORDER BY number LIMIT ?",
        arguments: [max(1, limit)]
      ).map { row in
        Transition(
          number: row[0], provider: try ProviderID(row[1]), revision: Revision(rawValue: row[2]), label: row[3])
      }
    }
  }

  /// Forgets the steps up to and including this number.
  public func acknowledge(through number: Int64) async throws {
    try await write { _, database in
      try database.execute(sql: "DELETE FROM token_rotation_outbox WHERE number <= ?", arguments: [number])
    }
  }
}
#endif
