import Testing
import TokenRotationPostgres
import TokenRotationTesting

@Suite("The store on PostgreSQL keeps the contract")
struct PostgresContractTests {
  @Test(
    arguments: ProviderStoreContract.clauses(makingPlace: { try await Place() }, opening: { try await $0.open() }))
  func keepsTheContract(clause: ProviderStoreContract.Clause) async throws {
    try await clause.check()
  }

  @Test func keepsTheContractWithAnOutbox() async throws {
    let clauses = ProviderStoreContract.clauses(
      makingPlace: { try await Place() },
      opening: { try await $0.open(.init(maximumConnections: 4, keepsTransitions: true)) })
    for clause in clauses { try await clause.check() }
  }
}
