import TokenRotationCore

/// The place that a clause works on, and how it says what it finds.
struct ContractSubject: Sendable {
  let clause: String
  let patience: Duration
  /// Opens another store on the place.
  let open: @Sendable () async throws -> any ProviderStore

  /// Runs a check; an error that the store had no reason to throw is a finding as well.
  func result(of check: (ContractSubject) async throws -> Void) async -> Result<Void, any Error> {
    do {
      return .success(try await check(self))
    } catch let violation as StoreContractViolation {
      return .failure(violation)
    } catch let error as TokenRotationError {
      return .failure(StoreContractViolation(clause: clause, finding: "It threw \(error)."))
    } catch {
      return .failure(error)
    }
  }

  func require(_ holds: Bool, _ finding: @autoclosure () -> String) throws {
    if !holds { throw StoreContractViolation(clause: clause, finding: finding()) }
  }

  func require<Value>(_ value: Value?, _ finding: @autoclosure () -> String) throws -> Value {
    guard let value else { throw StoreContractViolation(clause: clause, finding: finding()) }
    return value
  }

  /// Expects a store to hold exactly this state of a record.
  func expect(
    _ expected: StoredRecord?, at id: ProviderID, in store: any ProviderStore, _ occasion: String
  ) async throws {
    let found = try await store.read(id)
    try require(
      found == expected,
      "\(occasion), the record \(id) should be \(Self.sketch(expected)), and is \(Self.sketch(found)).")
  }

  /// Expects a call to be refused with one of this package's codes.
  func expect<Value>(
    _ code: TokenRotationError.Code, _ occasion: String, _ body: () async throws -> Value
  ) async throws {
    do {
      _ = try await body()
    } catch let error as TokenRotationError {
      return try require(
        error.code == code && error.outcome == .notApplied,
        "\(occasion) should be refused with \(code) and the outcome notApplied. It threw \(error).")
    }
    try require(false, "\(occasion) should be refused with \(code), and was not.")
  }

  private static func sketch(_ stored: StoredRecord?) -> String {
    stored.map { "there in revision \($0.revision), named “\($0.record.details.name.prefix(32))”" } ?? "gone"
  }
}
