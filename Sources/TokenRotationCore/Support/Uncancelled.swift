/// Lets a write go on although its task is cancelled, so that its fate is known.
package func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
  try await Task { try await body() }.value
}
