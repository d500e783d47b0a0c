import Foundation
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationPostgres

@Suite("A connection that ends or stalls says what is known of a write", .timeLimit(.minutes(2)))
struct PostgresLossTests {
  static let impatient = PostgresProviderStore.Options(
    maximumConnections: 1, statementTimeout: .seconds(3))

  @Test func anAnswerThatIsCutOffLeavesTheFateUnknown() async throws {
    let place = try await Place()
    let forwarder = try Forwarder(toPort: place.server.port)
    let store = try await place.open(Self.impatient, port: forwarder.port)
    let first = try await store.insert(record("one"))
    // Prepared, so that the next one is sent at once.
    let stored = try await store.replace(first.record, ifRevision: first.revision)
    forwarder.set(.cuttingAnswers)
    let wanted = stored.record.with(token: [2])
    let error = await #expect(throws: TokenRotationError.self) {
      _ = try await store.replace(wanted, ifRevision: stored.revision)
    }
    #expect(error?.code == .databaseConnectionLost)
    #expect(error?.outcome == .unknown)
    forwarder.set(.forwarding)
    let found = try #require(try await store.read(stored.record.id))
    #expect(found.record == wanted && found.revision != stored.revision, "the server had received it")
  }

  @Test func whatWasNeverSentIsNotApplied() async throws {
    let place = try await Place()
    let forwarder = try Forwarder(toPort: place.server.port)
    let store = try await place.open(Self.impatient, port: forwarder.port)
    // Not prepared yet, and preparing fails first; and then there is no connection.
    forwarder.set(.cuttingAnswers)
    let error = await #expect(throws: TokenRotationError.self) { try await store.insert(record("one")) }
    #expect(error?.code == .databaseUnreachable)
    #expect(error?.outcome == .notApplied)
    #expect(error?.isRetriable == true)
    forwarder.set(.forwarding)
    #expect(try await store.read(ProviderID("one")) == nil)
    _ = try await store.insert(record("one"))
  }

  /// The network holds a write back until its writer has given up, and then lets it through.
  @Test(arguments: [false, true])
  func aLateWriteIsRefusedIfSomebodyWasFaster(somebodyWas: Bool) async throws {
    let place = try await Place()
    let forwarder = try Forwarder(toPort: place.server.port)
    let name = "late-\(UUID().uuidString)"
    let slow = try await place.open(
      Self.impatient, port: forwarder.port, "sslmode=disable application_name=\(name)")
    let first = try await slow.insert(record("one"))
    let before = try await slow.replace(first.record, ifRevision: first.revision)
    forwarder.set(.stalled)
    let late = before.record.with(token: [2])
    let error = await #expect(throws: TokenRotationError.self) {
      _ = try await slow.replace(late, ifRevision: before.revision)
    }
    #expect(error?.code == .databaseTimedOut)
    #expect(error?.outcome == .unknown)

    let other = try await place.open()
    #expect(try await other.read(before.record.id) == before, "it has not arrived")
    let faster = before.record.with(token: [3])
    let winner = somebodyWas ? try await other.replace(faster, ifRevision: before.revision) : nil
    forwarder.set(.forwarding)
    // Its session ends when it has done what it was told.
    while try await place.server.run("SELECT 1 FROM pg_stat_activity WHERE application_name = '\(name)'") != [] {}
    let found = try #require(try await other.read(before.record.id))
    #expect(found.record == (somebodyWas ? faster : late))
    #expect(winner == nil || found == winner)
  }

  @Test func aRestartIsNotNoticedWhileNothingIsAsked() async throws {
    let place = try await Place(on: try await PostgresServer())
    let store = try await place.open(.init(maximumConnections: 3))
    let stored = try await store.insert(record("one"))
    // Several connections that the restart ends.
    try await store.withTransaction { _ in
      try await store.withTransaction { _ in _ = try await store.read(stored.record.id) }
    }
    for _ in 0..<2 {
      await place.server.crash()
      let error = await #expect(throws: TokenRotationError.self) {
        _ = try await store.replace(stored.record, ifRevision: stored.revision)
      }
      #expect(error?.code == .databaseUnreachable)
      #expect(error?.outcome == .notApplied)
      try await place.server.start()
      #expect(try await store.read(stored.record.id) == stored)
      let again = try await store.insert(record(UUID().uuidString, .random(in: 1...100_000)))
      #expect(try await store.read(again.record.id) == again)
    }
  }

  /// The server is killed while several write; whatever it said was written is there afterwards.
  @Test func nothingThatReturnedIsLostInACrash() async throws {
    let place = try await Place(on: try await PostgresServer())
    let store = try await place.open(.init(maximumConnections: 4, keepsTransitions: true))
    let writers = 8
    let (begun, isRestarted) = (Counter(), Signal())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask {
          var stored = try await store.insert(record("\(writer)", writer))
          var (round, rest) = (0, 5)
          while rest > 0 {
            round += 1
            if isRestarted.isSent { rest -= 1 }
            if round == 5 { begun.add() }
            let next = stored.record.with(token: Array("\(round)".utf8))
            do {
              stored = try await store.replace(next, ifRevision: stored.revision)
            } catch let error as TokenRotationError where error.isRetriable && error.code != .storeConflict {
              await isRestarted.wait()
              let found = try #require(try await store.read(stored.record.id))
              switch error.outcome {
              case .unknown: #expect(found == stored || found.record == next)
              default: #expect(found == stored, "\(error)")
              }
              stored = found
            }
          }
          #expect(try await store.read(stored.record.id) == stored)
        }
      }
      await begun.wait(for: writers)
      await place.server.crash()
      try await place.server.start()
      isRestarted.send()
      try await group.waitForAll()
    }
    // As many steps as changes of the token, each of its own revision.
    let steps = try await store.transitions(limit: 1_000_000)
    #expect(Set(steps.map(\.revision)).count == steps.count)
    for writer in 0..<writers {
      let stored = try #require(try await store.read(ProviderID("\(writer)")))
      #expect(steps.last { $0.provider == stored.record.id }?.revision == stored.revision)
    }
  }

  @Test func cancellingAReadEndsIt() async throws {
    let place = try await Place()
    let store = try await place.open(.init(maximumConnections: 2, statementTimeout: .seconds(100)))
    let stored = try await store.insert(record("one"))
    try await store.withTransaction { transaction in
      try await transaction.execute("LOCK TABLE \(place.table("providers"))")
      let reading = Task { try await store.read(stored.record.id) }
      let waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = to_regclass($1)"
      while try await transaction.execute(waiting, [place.table("providers")]).isEmpty {}
      reading.cancel()
      await #expect(throws: CancellationError.self) { try await reading.value }
      while try await !transaction.execute(waiting, [place.table("providers")]).isEmpty {}
    }
    #expect(try await store.read(stored.record.id) == stored)
  }

  @Test func processesThatStartAtOnceMakeOneSchema() async throws {
    for _ in 0..<4 {
      let place = try await Place()
      let stores = try await withThrowingTaskGroup(of: PostgresProviderStore.self) { group in
        for _ in 0..<8 { group.addTask { try await place.open() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for (number, store) in stores.enumerated() { _ = try await store.insert(record("\(number)", number)) }
      #expect(try await stores[0].page(after: nil, limit: 100).records.count == 8)
    }
  }
}

/// Counts, and lets tasks wait until there are enough.
final class Counter: Sendable {
  private let state = Lock((count: 0, more: Signal()))

  func add() {
    state.withLock { state in
      defer { state = (state.count + 1, Signal()) }
      return state.more
    }.send()
  }

  func wait(for count: Int) async {
    while !Task.isCancelled {
      let (present, more) = state.withLock { $0 }
      if present >= count { return }
      await more.wait()
    }
  }
}
