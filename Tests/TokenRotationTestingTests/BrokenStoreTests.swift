import Testing
import TokenRotationTesting

@Suite("The contract catches every broken store, by the clause with the right name")
struct BrokenStoreTests {
  @Test(arguments: BrokenStore.all)
  func isCaught(broken: BrokenStore) async throws {
    let clause = try #require(broken.clauses.first { $0.name == broken.clause }, "there is no such clause")
    let violation = await #expect(throws: StoreContractViolation.self) { try await clause.check() }
    #expect(violation?.clause == broken.clause)
    #expect(violation?.finding.isEmpty == false)
  }

  @Test func everyClauseCatchesOne() {
    let names = Set(ProviderStoreContract.clauses(for: { StoreDouble { _ in } }).map(\.name))
    #expect(Set(BrokenStore.all.map(\.clause)) == names)
  }

  @Test(arguments: ProviderStoreContract.clauses(for: { StoreDouble { _ in } }))
  func theDoubleItselfIsSound(clause: ProviderStoreContract.Clause) async throws {
    try await clause.check()
  }

  @Test(
    arguments: ProviderStoreContract.clauses(for: { TellingDouble(store: StoreDouble { _ in }) { _, _ in true } }))
  func theTellingDoubleItselfIsSound(clause: ProviderStoreContract.Clause) async throws {
    try await clause.check()
  }
}
