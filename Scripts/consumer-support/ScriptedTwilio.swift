import TokenRotation
import TokenRotationTesting

/// Takes the place of the initializer that main.swift calls, so that main.swift runs as it stands in the README and
/// nothing leaves the machine: every token is the account's primary.
func TwilioProviders(store: any ProviderStore, keyring: Keyring) throws -> TwilioProviders {
  let transport = ScriptedTransport { request in
    let sid = request.credentials?.username ?? ""
    guard request.head.path == "/2010-04-01/Accounts/\(sid).json" else {
      return .json(404, #"{"code": 20404, "message": "not found", "status": 404}"#)
    }
    return .json(200, #"{"sid": "\#(sid)", "status": "active", "type": "Full", "friendly_name": "Support"}"#)
  }
  return try .init(store: store, keyring: keyring, transport: transport)
}
