import Testing
import TokenRotationCore
import TokenRotationTesting

@Suite("The in-memory store keeps the contract")
struct InMemoryStoreContractTests {
  @Test(arguments: ProviderStoreContract.clauses(for: { InMemoryProviderStore() }))
  func keepsTheContract(clause: ProviderStoreContract.Clause) async throws {
    try await clause.check()
  }
}
