/// A promise and how to check it on any place.
struct ContractClause: Sendable {
  let name: String
  let promise: String
  let check: @Sendable (ContractSubject) async throws -> Void

  static let all: [ContractClause] =
    writing + [compareAndSwap, linearizability, cancellation] + uniqueness + paging + values + [changes]
}
