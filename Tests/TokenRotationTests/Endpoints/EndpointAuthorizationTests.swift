import HTTPTypes
import Synchronization
import Testing
import TokenRotation
import TokenRotationSimulator

@Suite("Endpoints: nobody sees what is not theirs")
struct EndpointAuthorizationTests {
  private static let requests: [(HTTPRequest.Method, String)] = [
    (.get, "/twilio/{id}"), (.patch, "/twilio/{id}/auth-token"), (.post, "/twilio/{id}/auth-token/rotate"),
    (.post, "/twilio/{id}/auth-token/promote"), (.post, "/twilio/{id}/auth-token/secondary"),
    (.delete, "/twilio/{id}/auth-token/secondary"), (.get, "/twilio/{id}/rotation"), (.post, "/{id}/verify"),
    (.delete, "/{id}"),
  ]

  @Test(arguments: requests.indices)
  func anotherTenantsProviderIsNotThere(index: Int) async throws {
    let bench = try EndpointBench()
    let id = try await bench.register()
    let before = try await bench.bench.storedBytes(ProviderID(id))
    let counts = bench.bench.twilio.requestCounts
    let (method, path) = Self.requests[index]
    let body = method == .patch ? #"{"authToken":"\#(bench.bench.firstToken.typed)"}"# : nil
    var texts: Set<String> = []
    for target in [id, "one:none", "three:none"] {
      let reply = await bench.ask(method, path.replacing("{id}", with: target), body, as: "two")
      #expect((reply.status, reply.code) == (404, "providerNotFound"))
      texts.insert(reply.text.replacing(reply.json["instance"] as? String ?? "", with: ""))
      #expect(reply.fields[.eTag] == nil && reply.fields[.location] == nil)
    }
    #expect(texts.count == 1, "a provider of somebody else's answers as one that is not there")
    #expect(await bench.ask(method, path.replacing("{id}", with: id), body, as: nil).code == "unauthenticated")
    #expect(try await bench.bench.storedBytes(ProviderID(id)) == before)
    #expect(bench.bench.twilio.requestCounts == counts)
  }

  @Test(arguments: EndpointAction.allCases)
  func whoMayNotDoItIsAskedAboutBeforeAnythingIsLookedUp(action: EndpointAction) async throws {
    let reads = Mutex(0)
    let bench = try EndpointBench(
      Bench(wrapStore: { CountingStore(memory: $0) { reads.withLock { $0 += 1 } } }), allowing: { $0 != action })
    let requests: [EndpointAction: (HTTPRequest.Method, String)] = [
      .list: (.get, ""), .register: (.post, "/twilio"), .read: (.get, "/twilio/one:x"),
      .updateAuthToken: (.patch, "/twilio/one:x/auth-token"), .rotate: (.post, "/twilio/one:x/auth-token/rotate"),
      .promoteSecondary: (.post, "/twilio/one:x/auth-token/promote"),
      .createSecondary: (.post, "/twilio/one:x/auth-token/secondary"),
      .deleteSecondary: (.delete, "/twilio/one:x/auth-token/secondary"),
      .explainRotation: (.get, "/twilio/one:x/rotation"), .verify: (.post, "/one:x/verify"),
      .remove: (.delete, "/one:x"),
    ]
    let (method, path) = try #require(requests[action])
    let reply = await bench.ask(method, path, method == .patch || action == .register ? "{" : nil)
    #expect(reply.status == (action == .read ? 404 : 403), "\(reply.text)")
    #expect(bench.asked.lines.first == action.rawValue)
    #expect(reads.withLock { $0 } == 0)
  }

  @Test(arguments: [1, 2, 3, 50])
  func theListingHoldsOnesOwn(limit: Int) async throws {
    let bench = try EndpointBench()
    var own: [String] = []
    for index in 10..<40 {
      let sid = try AccountSID("AC" + String(repeating: "\(index)", count: 16))
      let token = try AuthToken.random()
      bench.bench.twilio.add(SimulatedAccount(sid: sid, primary: token))
      // Between any two of one's own there are some of another tenant's.
      let id = "\(index.isMultiple(of: 4) ? "one" : "\(index % 3 == 0 ? "a" : "z")other"):\(index)"
      _ = try await bench.bench.providers.register(
        id: ProviderID(id), accountSID: sid, authToken: token, name: "\(index)")
      if id.hasPrefix("one:") { own.append(id) }
    }
    var listed: [String] = []
    var next: String? = ""
    var pages = 0
    while let after = next {
      let reply = await bench.ask(.get, "?limit=\(limit)" + (after.isEmpty ? "" : "&after=\(after)"))
      #expect(reply.status == 200)
      let page = try #require(reply.json["providers"] as? [[String: any Sendable]])
      #expect((1...limit).contains(page.count))
      listed += page.compactMap { $0["id"] as? String }
      next = reply.json["next"] as? String
      #expect(!reply.text.contains("other"), "not even as the place where to go on")
      pages += 1
    }
    #expect(listed == own.sorted())
    #expect(pages == (own.count + limit - 1) / limit)
    #expect(await bench.ask(.get, "", as: "nobody").text == #"{"next":null,"providers":[]}"#)
  }
}

/// Counts what a store is asked.
private struct CountingStore: ProviderStore {
  let memory: InMemoryProviderStore
  let count: @Sendable () -> Void

  var isDurable: Bool { false }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    count()
    return try await memory.insert(record)
  }

  func read(_ id: ProviderID) async throws -> StoredRecord? {
    count()
    return try await memory.read(id)
  }

  func find(accountSID: AccountSID) async throws -> [StoredRecord] {
    count()
    return try await memory.find(accountSID: accountSID)
  }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    count()
    return try await memory.replace(record, ifRevision: revision)
  }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    count()
    try await memory.remove(id, ifRevision: revision)
  }

  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    count()
    return try await memory.page(after: id, limit: limit)
  }
}
