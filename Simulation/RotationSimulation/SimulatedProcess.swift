import HTTPTypes
import Logging
import Synchronization
import TokenRotationCore
import TokenRotationOpenSSL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A process of a host, with its own view of the world: when it dies, nothing that it still does has any effect.
final class SimulatedProcess: Sendable {
  /// What everything throws once the process is dead.
  struct Death: Error {}

  let world: SimulatedWorld
  let number: Int
  private let state = Mutex((isDead: false, isByWord: false, task: Task<Void, Never>?.none))

  init(_ number: Int, in world: SimulatedWorld) {
    self.number = number
    self.world = world
  }

  /// The library, as this process links it.
  func providers() throws -> TwilioProviders {
    var logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    return TwilioProviders(
      store: ProcessStore(process: self), cipher: try OpenSSLTokenCipher(keyring: world.keyring),
      transport: ProcessTransport(process: self),
      configuration: TokenRotationConfiguration(
        timings: world.timings, retryPolicy: RetryPolicy(attempts: 2) { 0.5 }, timeSource: ProcessTime(process: self),
        executor: world.executor, logger: logger))
  }

  /// Whether what it deletes now is deleted by the word of a person.
  var isByWord: Bool {
    get { state.withLock(\.isByWord) }
    set { state.withLock { $0.isByWord = newValue } }
  }

  var isDead: Bool { state.withLock(\.isDead) }

  func die() -> Death {
    world.note("process \(number) dies")
    state.withLock { $0.isDead = true }
    return Death()
  }

  func checkAlive() throws {
    if isDead { throw Death() }
  }

  /// The task that a fault may cancel.
  func runs(_ task: Task<Void, Never>) { state.withLock { $0.task = task } }

  func cancel() { state.withLock(\.task)?.cancel() }

  /// Does something later, whatever becomes of the process.
  func later(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
    let executor = world.executor
    Task(executorPreference: executor) {
      try? await executor.sleep(for: delay)
      body()
    }
  }
}

struct ProcessTime: TimeSource {
  let process: SimulatedProcess

  private var time: ExecutorTime { ExecutorTime(executor: process.world.executor) }

  var uptime: Duration { time.uptime }
  var date: Date { time.date }

  func sleep(for duration: Duration) async throws {
    try process.checkAlive()
    try await time.sleep(for: duration)
    try process.checkAlive()
  }
}

struct ProcessTransport: HTTPTransport {
  let process: SimulatedProcess

  func send(_ request: TransportRequest) async throws -> TransportResponse {
    try process.checkAlive()
    guard let call = PortCall(request) else { throw TransportError(.invalidRequest, delivery: .notSent) }
    let world = process.world
    let isByWord = process.isByWord
    let fault = world.fault(of: call, by: process.number)
    let (latency, sentAt) = (world.randomTime(upTo: 1), world.executor.uptime)
    let timeout = TransportError(.timedOut, delivery: .maybeSent)
    switch fault {
    case .failsBefore:
      throw TransportError(.connectionFailed, delivery: .notSent)
    case .getsLost:
      try await pause(request.deadline)
      throw timeout
    case .answerLost:
      try await pause(latency)
      _ = world.deliver(request, byWord: isByWord, sentAt: sentAt)
      try await pause(request.deadline - latency)
      throw timeout
    case .late:
      // It takes effect when its caller has given up, and before Twilio would have.
      let delay = request.deadline + world.randomTime(upTo: Int(world.timings.lateCalls.components.seconds))
      process.later(after: delay) { _ = world.deliver(request, byWord: isByWord, sentAt: sentAt) }
      try await pause(request.deadline)
      throw timeout
    case .diesBefore:
      throw process.die()
    case .diesAfter:
      try await pause(latency)
      _ = world.deliver(request, byWord: isByWord, sentAt: sentAt)
      throw process.die()
    case .rateLimited:
      return answer(429, 20429)
    case .serverError:
      try await pause(latency)
      _ = world.deliver(request, byWord: isByWord, sentAt: sentAt)
      return answer(500, 20500)
    case .stalls:
      try await pause(world.randomTime(upTo: 400))
    case .cancelled:
      process.cancel()
    case nil:
      break
    }
    try await pause(latency)
    let response = world.deliver(request, byWord: isByWord, sentAt: sentAt)
    try await pause(latency)
    // As every real transport does.
    try Task.checkCancellation()
    return response
  }

  private func answer(_ status: Int, _ code: Int) -> TransportResponse {
    TransportResponse(head: HTTPResponse(status: .init(code: status)), body: Array(#"{"code":\#(code)}"#.utf8))
  }

  /// A pause of the world, which no cancellation shortens: a request that is under way is under way.
  private func pause(_ duration: Duration) async throws {
    let executor = process.world.executor
    try? await Task(executorPreference: executor) { try await executor.sleep(for: duration) }.value
    try process.checkAlive()
  }
}

struct ProcessStore: ProviderStore {
  let process: SimulatedProcess

  struct ForeignError: Error {}

  var isDurable: Bool { true }

  func read(_ id: ProviderID) async throws -> StoredRecord? {
    switch try await begin(.read) {
    case .failsBefore: throw TokenRotationError(.storeFailed, "Down.")
    case .diesBefore: throw process.die()
    default: break
    }
    return process.world.stored.flatMap { $0.record.id == id ? $0 : nil }
  }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    let world = process.world
    switch try await begin(.replace) {
    case .failsBefore:
      throw TokenRotationError(.storeFailed, "Down.")
    case .getsLost:
      throw ForeignError()
    case .answerLost:
      _ = try world.replace(record, ifRevision: revision)
      throw ForeignError()
    case .late:
      process.later(after: world.randomTime(upTo: 30)) { _ = try? world.replace(record, ifRevision: revision) }
      throw ForeignError()
    case .diesBefore:
      throw process.die()
    case .diesAfter:
      _ = try world.replace(record, ifRevision: revision)
      throw process.die()
    default:
      let stored = try world.replace(record, ifRevision: revision)
      try Task.checkCancellation()
      return stored
    }
  }

  private func begin(_ call: PortCall) async throws -> Fault? {
    try process.checkAlive()
    let world = process.world
    let fault = world.fault(of: call, by: process.number)
    if fault == .cancelled { process.cancel() }
    let delay = fault == .stalls ? world.randomTime(upTo: 400) : .milliseconds(world.random(1..<20))
    try? await Task(executorPreference: world.executor) { try await world.executor.sleep(for: delay) }.value
    try process.checkAlive()
    return fault
  }

  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    ProviderPage(records: id == nil ? try await read(process.world.providerID).map { [$0] } ?? [] : [], next: nil)
  }

  func find(accountSID: AccountSID) async throws -> [StoredRecord] {
    try await read(process.world.providerID).map { [$0] } ?? []
  }

  // Nothing that is simulated registers or removes.

  func insert(_ record: ProviderRecord) async throws -> StoredRecord { throw ForeignError() }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws { throw ForeignError() }
}
