public import TokenRotationCore

/// The promises of `ProviderStore` as checks: what a store of your own has to pass before it holds tokens.
///
/// With Swift Testing, three lines run all of them, each as a case with its name:
/// ```swift
/// import Testing
///
/// @Suite struct MyStoreTests {
///   @Test(arguments: ProviderStoreContract.clauses(for: { InMemoryProviderStore() }))
///   func keepsTheContract(clause: ProviderStoreContract.Clause) async throws { try await clause.check() }
/// }
/// ```
/// A store that keeps its records elsewhere than in itself has to be opened twice, so it takes
/// ``clauses(makingPlace:opening:removing:patience:)``.
/// A *place* is where records are kept: a file, a schema, a server's URL. Every clause is given a place of its own, and
/// opens several stores on it, which must behave like stores of several processes.
public enum ProviderStoreContract {
  /// One promise, checked on an empty place.
  public struct Clause: Sendable, CustomStringConvertible {
    /// The promise's short name, such as `pagingWhileWriting`.
    public let name: String
    /// What is promised, in a sentence.
    public let promise: String

    private let run: @Sendable (String) async throws -> Void

    init(name: String, promise: String, run: @escaping @Sendable (String) async throws -> Void) {
      self.name = name
      self.promise = promise
      self.run = run
    }

    /// Checks the promise.
    ///
    /// - Throws: ``StoreContractViolation`` if the store breaks it, and what the place or the store throws when it is
    ///   made.
    public func check() async throws { try await run(name) }

    /// The name, as test reports show it.
    public var description: String { name }
  }

  /// The clauses for a store in memory, or another of which only one can be open.
  ///
  /// - Parameters:
  ///   - store: Makes an empty store.
  ///   - patience: How long to wait for a change to be told.
  public static func clauses<Store: ProviderStore>(
    for store: @escaping @Sendable () async throws -> Store, patience: Duration = .seconds(20)
  ) -> [Clause] {
    clauses(makingPlace: store, opening: { $0 }, patience: patience)
  }

  /// The clauses for a store that several can open.
  ///
  /// - Parameters:
  ///   - place: Makes a place that holds no record.
  ///   - open: Opens another store on a place: a fresh one, as a process that just started would.
  ///   - remove: Removes a place after its clause, also after one that is not kept.
  ///   - patience: How long to wait for a change to be told. Only a store that does not tell makes anyone wait.
  public static func clauses<Place: Sendable>(
    makingPlace place: @escaping @Sendable () async throws -> Place,
    opening open: @escaping @Sendable (Place) async throws -> any ProviderStore,
    removing remove: @escaping @Sendable (Place) async throws -> Void = { _ in },
    patience: Duration = .seconds(20)
  ) -> [Clause] {
    ContractClause.all.map { clause in
      Clause(name: clause.name, promise: clause.promise) { name in
        let place = try await place()
        let subject = ContractSubject(clause: name, patience: patience) { try await open(place) }
        let result = await subject.result(of: clause.check)
        try await remove(place)
        try result.get()
      }
    }
  }
}

/// A promise of `ProviderStore` that a store does not keep.
public struct StoreContractViolation: Error, Hashable, CustomStringConvertible {
  /// The name of the clause.
  public let clause: String
  /// What the store did, and what it should have done.
  public let finding: String

  /// Clause and finding, on one line.
  public var description: String { "The store breaks \(clause): \(finding)" }
}
