import Logging
import Synchronization
import TokenRotation

/// Reading a token that is in memory, beside one look-up in a dictionary behind a mutex that nobody else wants.
enum TokenRead {
  static func contests() -> [Contest] {
    [1, 8].map { tasks in
      Contest(
        "token/\(tasks)", .time, peers: [Contest.Peer("dictionary", .atMost(2)) { try DictionaryRead(tasks: tasks) }]
      ) { try await SessionTokenRead(tasks: tasks) }
    }
  }

  /// As many as a busy host has in use.
  static let providerCount = 1000
}

/// `TwilioProviders.webhookTokens(of:)`'s way to the token: what a session does before each request.
struct SessionTokenRead: Workload {
  private let providers: TwilioProviders
  private let ids: [ProviderID]
  private let tasks: Int

  init(tasks: Int) async throws {
    self.tasks = tasks
    let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    let cipher = try OpenSSLTokenCipher(keyring: Keyring(sealingKey: Keyring.Key(bytes: key)))
    providers = TwilioProviders(
      store: InMemoryProviderStore(), cipher: cipher, transport: try CurlTransport(), validator: AcceptsAll(),
      configuration: TokenRotationConfiguration(logger: .init(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() }))
    let token = try AuthToken(parsing: Site.authToken)
    var ids: [ProviderID] = []
    for number in 0..<TokenRead.providerCount {
      let sid = String(number, radix: 16)
      let provider = try await providers.register(
        accountSID: AccountSID("AC" + String(repeating: "0", count: 32 - sid.count) + sid), authToken: token, name: "n")
      ids.append(provider.id)
    }
    self.ids = ids
  }

  func run(_ count: Int) async throws {
    try await reading(count, tasks: tasks) { index in
      try await providers.withAuthToken(of: ids[index]) { use($0) }
    }
  }
}

/// What could be had for the least: no freshness, no bound, no second token.
struct DictionaryRead: Workload {
  private final class Tokens: Sendable {
    let byID: Mutex<[ProviderID: AuthToken]>
    init(_ byID: [ProviderID: AuthToken]) { self.byID = Mutex(byID) }
  }

  private let tokens: [Tokens]
  private let ids: [ProviderID]

  init(tasks: Int) throws {
    let ids = (0..<TokenRead.providerCount).map { _ in ProviderID() }
    self.ids = ids
    let entries = try ids.map { ($0, try AuthToken(parsing: Site.authToken)) }
    // One for each task, so that nobody waits for a lock.
    tokens = (0..<tasks).map { _ in Tokens(Dictionary(uniqueKeysWithValues: entries)) }
  }

  func run(_ count: Int) async throws {
    try await reading(count, tasks: tokens.count) { [tokens, ids] index in
      use(tokens[index % tokens.count].byID.withLock { $0[ids[index]] })
    }
  }
}

private struct AcceptsAll: CredentialValidator {
  func validate(_ token: AuthToken, accountSID: AccountSID, region: TwilioRegion) async throws -> CredentialVerdict {
    .accepted(AcceptedCredentials(role: .primary))
  }
}

/// Reads `count` times in all, each task its own providers in turn.
private func reading(
  _ count: Int, tasks: Int, _ read: @escaping @Sendable (_ index: Int) async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for task in 0..<tasks {
      group.addTask {
        var index = task
        for _ in 0..<(count + tasks - 1) / tasks {
          try await read(index)
          index += tasks
          if index >= TokenRead.providerCount { index = task }
        }
      }
    }
    try await group.waitForAll()
  }
}
