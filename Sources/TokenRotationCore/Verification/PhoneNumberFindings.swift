/// The Phone Numbers check: whether those that the host imported are still in the account, and attached to the trunk.
struct PhoneNumberFindings: Sendable {
  /// How many of the imported numbers are where they should be; of numbers that are not named, how many there are at all.
  let found: Int
  /// Imported, and no longer in the account.
  let missing: [PhoneNumber]
  /// In the account, and not attached to the trunk.
  let detached: [PhoneNumber]

  /// How many numbers a check names of each kind.
  private static let namedAtMost = 20

  /// Asks Twilio.
  ///
  /// The trunk's own listing first, since it is the shorter one. The account's tells a number that is gone from one that is
  /// merely not attached, and stands in where trunks list no numbers.
  init(_ record: ProviderRecord, _ client: TwilioClient, as caller: TwilioClient.Caller) async throws {
    let imported = Set(record.details.phoneNumbers)
    var attached: [PhoneNumber]?
    if let trunk = record.details.trunkSID, record.region.hasTrunkPhoneNumbers {
      do {
        attached = try await client.phoneNumbers(of: trunk, as: caller).compactMap(\.number)
      } catch let error as TokenRotationError where error.code == .trunkNotFound {
        // Said of a trunk that is gone as of a region without this listing.
      }
    }
    if let attached, imported.isSubset(of: attached) {
      (found, missing, detached) = (imported.isEmpty ? attached.count : imported.count, [], [])
      return
    }
    let all = try await client.phoneNumbers(as: caller)
    let present = Set(all.compactMap(\.number))
    let inPlace =
      attached.map(Set.init)
      ?? Set(
        all.filter { record.details.trunkSID == nil || $0.trunkSID == record.details.trunkSID }.compactMap(\.number))
    found = imported.isEmpty ? inPlace.count : imported.intersection(inPlace).count
    missing = imported.subtracting(present).subtracting(inPlace).sorted()
    detached = imported.intersection(present).subtracting(inPlace).sorted()
  }

  static func finding(
    _ answer: Result<PhoneNumberFindings, TokenRotationError>?, of record: ProviderRecord
  ) -> VerificationFinding {
    switch answer {
    case nil: VerificationFinding(.skipped, "No phone numbers were imported.")
    case .failure(let error): .inconclusive(error)
    case .success(let findings): findings.finding(record.details)
    }
  }

  private func finding(_ provider: ProviderDetails) -> VerificationFinding {
    let place = provider.trunkSID == nil ? "in the account" : "attached to the trunk"
    var details = ["imported": String(provider.phoneNumberCount), "found": String(found)]
    details["missing"] = Self.list(missing)
    details["notAttached"] = Self.list(detached)
    if provider.phoneNumbers.isEmpty {
      return found >= provider.phoneNumberCount
        ? VerificationFinding(
          .passed, "There are as many phone numbers \(place) as were imported; which ones those are is not known here.",
          details)
        : VerificationFinding(.failed, "There are fewer phone numbers \(place) than were imported.", details)
    }
    var problems: [String] = []
    if !missing.isEmpty { problems.append("Imported and no longer in the account: \(missing.count).") }
    if !detached.isEmpty { problems.append("Imported and not attached to the trunk: \(detached.count).") }
    return problems.isEmpty
      ? VerificationFinding(.passed, "All imported phone numbers are \(place).", details)
      : VerificationFinding(.failed, problems.joined(separator: " "), details)
  }

  private static func list(_ numbers: [PhoneNumber]) -> String? {
    guard !numbers.isEmpty else { return nil }
    let named = numbers.prefix(namedAtMost).map(\.description).joined(separator: ", ")
    return numbers.count > namedAtMost ? named + ", …" : named
  }
}
