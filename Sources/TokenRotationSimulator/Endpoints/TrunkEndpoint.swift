import HTTPTypes
import TokenRotationCore

/// `GET /v1/Trunks/{Sid}`: an Elastic SIP trunk.
enum TrunkEndpoint {
  static let routes = [
    Route(
      endpoint: .fetchTrunk, method: .get, product: .trunking, path: PathPattern("/v1/Trunks/{Sid}"), handle: fetch)
  ]

  @Sendable private static func fetch(_ state: inout SimulatorState, _ call: Call) throws(SimulatedError) -> Answer {
    guard let trunk = state.trunk(call.parameters[0], for: call.caller), let entry = state.entries[call.caller.key]
    else { throw SimulatedError.notFound(call.path) }
    let url = "https://\(entry.account.region.host(for: .trunking))/v1/Trunks/\(trunk.sid)"
    let style = state.settings.trunkDateStyle
    return Answer(
      status: 200,
      fields: [
        ("sid", .string(trunk.sid.description)),
        ("account_sid", .string((trunk.namedOwner ?? entry.account.sid).description)),
        ("domain_name", .string(trunk.domainName)),
        ("friendly_name", .string(trunk.friendlyName)),
        ("secure", .boolean(false)),
        ("disaster_recovery_url", .null),
        ("disaster_recovery_method", .null),
        ("cnam_lookup_enabled", .boolean(false)),
        ("transfer_mode", .string(trunk.transferMode.rawValue)),
        ("transfer_caller_id", .string("from-transferee")),
        ("auth_type", .string(trunk.authenticationTypes.map(\.rawValue).joined(separator: ","))),
        ("auth_type_set", .array(trunk.authenticationTypes.map { .string($0.rawValue) })),
        ("date_created", .string(TwilioDates.text(entry.created, style))),
        ("date_updated", .string(TwilioDates.text(entry.updated, style))),
        ("url", .string(url)),
        ("links", .object(subresources.map { (name: $0, value: .string("\(url)/\($1)")) })),
      ])
  }

  private static let subresources = [
    ("origination_urls", "OriginationUrls"), ("credential_lists", "CredentialLists"),
    ("ip_access_control_lists", "IpAccessControlLists"), ("phone_numbers", "PhoneNumbers"),
  ]
}

extension SimulatorState {
  /// A trunk of the caller's own; nil for any other.
  func trunk(_ sid: String, for caller: Caller) -> SimulatedTrunk? {
    guard let sid = try? TrunkSID(sid) else { return nil }
    return entries[caller.key]?.account.trunks.first { $0.sid == sid }
  }
}
