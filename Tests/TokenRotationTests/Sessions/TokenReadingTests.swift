import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Tokens in memory are fresh, shared, bounded, and let go of")
struct TokenReadingTests {
  @Test func theOneWhoWritesReadsItsOwnWritesAtOnce() async throws {
    let bench = try Bench(wrapStore: { PlainStore($0) })
    let id = try await bench.register().id
    #expect(try await bench.providers.webhookTokens(of: id) == [bench.firstToken])
    let token = try bench.rotateInConsole()
    try await bench.providers.updateAuthToken(of: id, to: token)
    #expect(try await bench.providers.webhookTokens(of: id) == [token, bench.firstToken])
    try await bench.providers.createSecondaryToken(of: id)
    #expect(try await bench.providers.webhookTokens(of: id).count == 3)
    try await bench.providers.deleteSecondaryToken(of: id)
    try await bench.providers.remove(id)
    await expect(.providerNotFound) { try await bench.providers.webhookTokens(of: id) }
  }

  @Test func anotherProcessReadsItWithinTheRefreshTime() async throws {
    let plain = Box<PlainStore>()
    let bench = try Bench(wrapStore: {
      let store = PlainStore($0)
      plain.set(store)
      return store
    })
    let id = try await bench.register().id
    let reader = try bench.anotherProcess()
    _ = try await reader.webhookTokens(of: id)
    let reads = plain.value?.reads
    for _ in 0..<100 { _ = try await reader.webhookTokens(of: id) }
    #expect(plain.value?.reads == reads)
    try await bench.providers.updateAuthToken(of: id, to: bench.rotateInConsole())
    bench.time.advance(by: bench.configuration.timings.readersRefresh)
    #expect(try await reader.webhookTokens(of: id).first == bench.storedToken(id))
  }

  @Test func aStoreThatTellsChangesIsListenedTo() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let reader = try bench.anotherProcess()
    _ = try await reader.webhookTokens(of: id)
    let token = try bench.rotateInConsole()
    try await bench.providers.updateAuthToken(of: id, to: token)
    // No time passes; what tells is the store.
    while try await reader.webhookTokens(of: id).first != token { await Task.yield() }
  }

  @Test func aStoreThatIsDownIsNoReasonToStop() async throws {
    let plain = Box<PlainStore>()
    let bench = try Bench(
      wrapStore: {
        let store = PlainStore($0)
        plain.set(store)
        return store
      }, configure: { $0.sessions.staleLimit = .seconds(600) })
    let id = try await bench.register().id
    let store = try #require(plain.value)
    store.breakDown()
    await expect(.storeFailed) { try await bench.providers.session(for: id).send(SessionTests.account) }
    store.breakDown(false)
    bench.time.advance(by: .seconds(5))
    _ = try await bench.providers.webhookTokens(of: id)
    store.breakDown()
    bench.time.advance(by: .seconds(500))
    #expect(try await bench.providers.session(for: id).send(SessionTests.account).head.status == .ok)
    bench.time.advance(by: .seconds(101))
    await expect(.storeFailed) { try await bench.providers.session(for: id).send(SessionTests.account) }
    store.breakDown(false)
    bench.time.advance(by: .seconds(5))
    #expect(try await bench.providers.session(for: id).send(SessionTests.account).head.status == .ok)
  }

  @Test func unknownAccountsAreRememberedForAWhile() async throws {
    let plain = Box<PlainStore>()
    let bench = try Bench(wrapStore: {
      let store = PlainStore($0)
      plain.set(store)
      return store
    })
    let store = try #require(plain.value)
    let sid = try bench.accountSID
    #expect(try await bench.providers.providerIDs(ofAccount: sid).isEmpty)
    let reads = store.reads
    for _ in 0..<100 { #expect(try await bench.providers.providerIDs(ofAccount: sid).isEmpty) }
    #expect(store.reads == reads)
    let reader = try bench.anotherProcess()
    #expect(try await reader.providerIDs(ofAccount: sid).isEmpty)
    let id = try await bench.register().id
    #expect(try await bench.providers.providerIDs(ofAccount: sid) == [id], "its own registration is known at once")
    #expect(try await reader.providerIDs(ofAccount: sid).isEmpty)
    bench.time.advance(by: .seconds(60))
    #expect(try await reader.providerIDs(ofAccount: sid) == [id])
  }

  @Test func nothingIsLeftOfProvidersThatAreGone() async throws {
    let store = InMemoryProviderStore()
    let isOver = Signal()
    weak var gone: TwilioProviders?
    do {
      let twilio = try Bench.simulator()
      let sid = try AccountSID(Bench.sid)
      let providers = try TwilioProviders(
        store: Watched(memory: store, isOver: isOver), keyring: Keyring(sealingKey: .random()), transport: twilio)
      gone = providers
      let token = try #require(twilio.account(sid)).primary
      let id = try await providers.register(accountSID: sid, authToken: token, name: "n").id
      _ = try await providers.session(for: id).send(SessionTests.account)
    }
    #expect(gone == nil)
    // The task that listened is over, or the test would not end.
    await isOver.wait()
  }
}

/// Tells when nobody listens any more.
private struct Watched: ChangeNotifyingStore {
  let memory: InMemoryProviderStore
  let isOver: Signal

  var isDurable: Bool { false }
  func insert(_ record: ProviderRecord) async throws -> StoredRecord { try await memory.insert(record) }
  func read(_ id: ProviderID) async throws -> StoredRecord? { try await memory.read(id) }
  func find(accountSID: AccountSID) async throws -> [StoredRecord] { try await memory.find(accountSID: accountSID) }
  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await memory.replace(record, ifRevision: revision)
  }
  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await memory.remove(id, ifRevision: revision)
  }
  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await memory.page(after: id, limit: limit)
  }

  func changes() async throws -> AsyncStream<ProviderChange> {
    let (stream, continuation) = AsyncStream.makeStream(of: ProviderChange.self)
    continuation.onTermination = { _ in isOver.send() }
    return stream
  }
}
