import Dispatch
import TokenRotationCore

extension ConnectionPool: StatementRunner {
  nonisolated func run(_ sql: String, _ bindings: [String?], writes: Bool) async throws -> PostgresRows {
    try await PostgresFailure.explaining(whenWriting: writes) {
      if writes {
        return try await uncancelled {
          try await self.withConnection(repeatsLost: false) { try await $0.run(sql, bindings) }
        }
      }
      return try await withConnection(repeatsLost: true) { try await $0.runCancellably(sql, bindings) }
    }
  }
}

extension Connection {
  /// Runs a statement that ends when its task is cancelled, and the connection with it: the server's word that it has
  /// given up might otherwise strike the next statement.
  nonisolated func runCancellably(_ sql: String, _ bindings: [String?]) async throws -> PostgresRows {
    try Task.checkCancellation()
    do {
      return try await withTaskCancellationHandler {
        try await run(sql, bindings)
      } onCancel: { [interrupter] in
        interrupter.disconnect()
        DispatchQueue(label: "TokenRotationPostgres.cancel").async { interrupter.askForEnd() }
      }
    } catch let problem as PostgresProblem where Task.isCancelled && problem.kind != .refused {
      throw CancellationError()
    }
  }
}
