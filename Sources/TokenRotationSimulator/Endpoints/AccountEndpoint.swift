import HTTPTypes
import TokenRotationCore

/// `GET /2010-04-01/Accounts/{Sid}.json`: an account, with its primary token.
enum AccountEndpoint {
  static let routes = [
    Route(
      endpoint: .fetchAccount, method: .get, product: .api,
      path: PathPattern("/2010-04-01/Accounts/{Sid}.json"), handle: fetch)
  ]

  @Sendable private static func fetch(_ state: inout SimulatorState, _ call: Call) throws(SimulatedError) -> Answer {
    guard let sid = try? AccountSID(call.parameters[0]), let entry = state.entry(of: sid, for: call.caller) else {
      throw SimulatedError.tokenRefused
    }
    let path = "/2010-04-01/Accounts/\(entry.account.sid)"
    let subresources = subresourceNames.map { name, resource in
      (name: name, value: JSONText.string("\(path)/\(resource).json"))
    }
    var fields: [(name: String, value: JSONText)] = [
      ("date_created", .string(TwilioDates.rfc2822(entry.created))),
      ("date_updated", .string(TwilioDates.rfc2822(entry.updated))),
      ("friendly_name", .string(entry.account.friendlyName)),
      ("owner_account_sid", .string((entry.account.owner ?? entry.account.sid).description)),
      ("sid", .string(entry.account.sid.description)),
      ("status", .string(entry.account.status.rawValue)),
      ("subresource_uris", .object(subresources)),
      ("type", .string(entry.account.type)),
      ("uri", .string(path + ".json")),
    ]
    if let token = authToken(of: entry, for: call, state.settings) { fields.insert(("auth_token", token), at: 0) }
    return Answer(status: 200, fields: fields)
  }

  /// The primary as the serving node knows it; nil for no field at all.
  private static func authToken(
    of entry: AccountEntry, for call: Call, _ settings: TwilioSimulator.Settings
  ) -> JSONText? {
    switch (call.caller.role, settings.authTokenForSecondary) {
    case (.secondary, .null): .null
    case (.secondary, .missing): nil
    default: .token(entry.history.tokens(at: call.moment.uptime - call.lag.delay).primary)
    }
  }

  private static let subresourceNames: [(name: String, resource: String)] = [
    ("available_phone_numbers", "AvailablePhoneNumbers"), ("calls", "Calls"), ("conferences", "Conferences"),
    ("incoming_phone_numbers", "IncomingPhoneNumbers"), ("notifications", "Notifications"),
    ("outgoing_caller_ids", "OutgoingCallerIds"), ("recordings", "Recordings"),
    ("transcriptions", "Transcriptions"), ("addresses", "Addresses"), ("signing_keys", "SigningKeys"),
    ("connect_apps", "ConnectApps"), ("sip", "SIP"), ("authorized_connect_apps", "AuthorizedConnectApps"),
    ("usage", "Usage"), ("keys", "Keys"), ("applications", "Applications"), ("short_codes", "SMS/ShortCodes"),
    ("queues", "Queues"), ("messages", "Messages"), ("balance", "Balance"),
  ]
}

extension SimulatorState {
  /// An account that the caller may see: its own, or one that it owns.
  func entry(of sid: AccountSID, for caller: Caller) -> AccountEntry? {
    guard let entry = entries[AccountKey(sid: sid, region: caller.key.region)],
      sid == caller.key.sid || entry.account.owner == caller.key.sid
    else { return nil }
    return entry
  }
}
