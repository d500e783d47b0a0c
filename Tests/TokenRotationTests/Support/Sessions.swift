import Synchronization
import TokenRotation
import TokenRotationTesting

/// Keeps what was sent, and sends it on.
final class Recorder: Sendable {
  private let state = Mutex<[TransportRequest]>([])

  var requests: [TransportRequest] { state.withLock { $0 } }
  var passwords: [AuthToken] { requests.compactMap(\.credentials?.password) }

  func forget() { state.withLock { $0 = [] } }

  func recording(_ transport: some HTTPTransport) -> any HTTPTransport {
    ScriptedTransport { request in
      self.state.withLock { $0.append(request) }
      return try await transport.send(request)
    }
  }
}

/// For tests whose transport knows no account.
struct AcceptsEverything: CredentialValidator {
  func validate(_ token: AuthToken, accountSID: AccountSID, region: TwilioRegion) async throws -> CredentialVerdict {
    .accepted(AcceptedCredentials(role: .primary))
  }
}

/// A store that tells no changes, counts its reads, and can be down.
final class PlainStore: ProviderStore {
  private struct State {
    var reads = 0
    var isDown = false
  }

  private let memory: InMemoryProviderStore
  private let state = Mutex(State())

  init(_ memory: InMemoryProviderStore) { self.memory = memory }

  var reads: Int { state.withLock(\.reads) }
  func breakDown(_ isDown: Bool = true) { state.withLock { $0.isDown = isDown } }

  private func look() throws {
    let isDown = state.withLock { state in
      state.reads += 1
      return state.isDown
    }
    if isDown { throw TokenRotationError(.storeFailed, "The store is down.") }
  }

  var isDurable: Bool { false }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord { try await memory.insert(record) }

  func read(_ id: ProviderID) async throws -> StoredRecord? {
    try look()
    return try await memory.read(id)
  }

  func find(accountSID: AccountSID) async throws -> [StoredRecord] {
    try look()
    return try await memory.find(accountSID: accountSID)
  }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await memory.replace(record, ifRevision: revision)
  }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await memory.remove(id, ifRevision: revision)
  }

  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await memory.page(after: id, limit: limit)
  }
}

extension TwilioProviders {
  /// The tokens that a webhook may be signed with, whichever they are.
  func webhookTokens(of id: ProviderID) async throws -> [AuthToken] {
    try await tokensForWebhooks(of: id).map(\.token)
  }
}
