import HTTPTypes
import TokenRotation
import TokenRotationTesting

/// What the reader of a code block has at hand; every block is compiled as a method of this.
///
/// A name that blocks use and do not make themselves belongs here.
struct Context: Sendable {
  let store: InMemoryProviderStore
  let keyring: Keyring
  let transport: ScriptedTransport
  let providers: TwilioProviders
  let provider: TwilioProvider
  let token: AuthToken
  let sid: AccountSID
  let typedIn: String
  let request: HTTPRequest
  let endpoints: ProviderEndpoints<String>

  func tenant(of authorization: String?) async throws -> String? { authorization }
}
