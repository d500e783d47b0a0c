import TokenRotationCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ContractSubject {
  /// A record with an account of its own.
  func record(
    _ id: String, account: Int = 1, region: TwilioRegion = .us1, name: String = "A provider",
    token: [UInt8] = [1, 2, 3]
  ) throws -> ProviderRecord {
    ProviderRecord(
      id: try ProviderID(id), accountSID: try accountSID(account), region: region,
      details: ProviderDetails(name: name, supportsCallTransfer: true, phoneNumberCount: account),
      token: SealedToken(bytes: token))
  }

  /// The account with this number, which may be written in capitals.
  func accountSID(_ number: Int, inCapitals: Bool = false) throws -> AccountSID {
    let digits = String(number, radix: 16, uppercase: inCapitals)
    let letters = String(repeating: inCapitals ? "F" : "f", count: 16)
    return try AccountSID("AC" + letters + String(repeating: "0", count: 16 - digits.count) + digits)
  }

  /// The record with more fields than this release knows, in itself and in its rotation.
  func adding(_ fields: [String: JSONValue], to record: ProviderRecord) throws -> ProviderRecord {
    var object = try JSONDecoder().decode([String: JSONValue].self, from: JSONEncoder().encode(record))
    object.merge(fields) { known, _ in known }
    if case .object(let rotation)? = object["rotation"] {
      object["rotation"] = .object(rotation.merging(fields) { known, _ in known })
    }
    return try JSONDecoder().decode(ProviderRecord.self, from: JSONEncoder().encode(object))
  }
}

extension ProviderRecord {
  /// The same record under another name.
  func named(_ name: String) -> ProviderRecord {
    var record = self
    record.details.name = name
    return record
  }
}
