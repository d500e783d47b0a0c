#if SQLite
import Testing
import TokenRotationSQLite
import TokenRotationTesting

@Suite("The store on SQLite keeps the contract")
struct SQLiteContractTests {
  @Test(
    arguments: ProviderStoreContract.clauses(
      makingPlace: { try TemporaryFolder() }, opening: { try await $0.open() }))
  func keepsTheContract(clause: ProviderStoreContract.Clause) async throws {
    try await clause.check()
  }

  @Test func keepsTheContractWithAnOutbox() async throws {
    let clauses = ProviderStoreContract.clauses(
      makingPlace: { try TemporaryFolder() },
      opening: { try await $0.open(.init(pollInterval: .milliseconds(20), keepsTransitions: true)) })
    for clause in clauses { try await clause.check() }
  }
}
#endif
