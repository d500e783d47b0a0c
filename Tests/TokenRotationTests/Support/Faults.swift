import HTTPTypes
import Synchronization
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

/// A transport that loses requests or answers on the way to the simulator: once, at the given endpoint.
final class LossyTransport: HTTPTransport {
  enum Fault: Sendable, CaseIterable {
    /// The request never left.
    case notSent
    /// It left, and did not arrive.
    case lostBefore
    /// It was done, and the answer did not arrive.
    case lostAfter
    /// It was done, and an error of a type that nobody knows came of it.
    case foreignAfter
    /// It was done, and the answer is a server error.
    case serverErrorAfter
  }

  struct ForeignError: Error {}

  static let secondaryPath = "/AuthTokens/Secondary"
  static let promotePath = "/AuthTokens/Promote"

  private let twilio: TwilioSimulator
  private let path: String
  private let fault: Fault
  private let isSpent = Mutex(false)

  /// Makes a transport that loses the first request whose path ends in `path`.
  init(_ twilio: TwilioSimulator, at path: String, _ fault: Fault) {
    (self.twilio, self.path, self.fault) = (twilio, path, fault)
  }

  func send(_ request: TransportRequest) async throws -> TransportResponse {
    let isHit =
      request.head.path?.hasSuffix(path) == true
      && isSpent.withLock { isSpent in
        defer { isSpent = true }
        return !isSpent
      }
    guard isHit else { return try await twilio.send(request) }
    switch fault {
    case .notSent:
      throw TransportError(.connectionFailed, delivery: .notSent)
    case .lostBefore:
      throw TransportError(.connectionLost, delivery: .maybeSent)
    case .lostAfter:
      _ = try await twilio.send(request)
      throw TransportError(.timedOut, delivery: .maybeSent)
    case .foreignAfter:
      _ = try await twilio.send(request)
      throw ForeignError()
    case .serverErrorAfter:
      _ = try await twilio.send(request)
      return .json(500, #"{"code":20500,"message":"Internal Server Error","status":500}"#)
    }
  }
}

/// A store whose writes meet what a test decides, called before each of them.
struct InterruptedStore: ProviderStore {
  let memory: InMemoryProviderStore
  let beforeWrite: @Sendable (ProviderRecord) async throws -> Void
  var afterWrite: @Sendable (ProviderRecord) async throws -> Void = { _ in }

  var isDurable: Bool { false }

  func insert(_ record: ProviderRecord) async throws -> StoredRecord {
    try await beforeWrite(record)
    let stored = try await memory.insert(record)
    try await afterWrite(record)
    return stored
  }

  func read(_ id: ProviderID) async throws -> StoredRecord? { try await memory.read(id) }

  func find(accountSID: AccountSID) async throws -> [StoredRecord] { try await memory.find(accountSID: accountSID) }

  func replace(_ record: ProviderRecord, ifRevision revision: Revision) async throws -> StoredRecord {
    try await beforeWrite(record)
    let stored = try await memory.replace(record, ifRevision: revision)
    try await afterWrite(record)
    return stored
  }

  func remove(_ id: ProviderID, ifRevision revision: Revision) async throws {
    try await memory.remove(id, ifRevision: revision)
  }

  func page(after id: ProviderID?, limit: Int) async throws -> ProviderPage {
    try await memory.page(after: id, limit: limit)
  }
}

/// Loses the answer to a promotion, and that to the request after it: the probe by which the promotion's outcome would
/// have been found.
final class LossyPromotion: HTTPTransport {
  private let twilio: TwilioSimulator
  private let lossy: LossyTransport
  private let state = Mutex(State.waiting)

  private enum State {
    case waiting, losesNext, spent
  }

  init(_ twilio: TwilioSimulator, _ fault: LossyTransport.Fault) {
    self.twilio = twilio
    lossy = LossyTransport(twilio, at: LossyTransport.promotePath, fault)
  }

  func send(_ request: TransportRequest) async throws -> TransportResponse {
    let isPromotion = request.head.path?.hasSuffix(LossyTransport.promotePath) == true
    let isLost = state.withLock { state in
      switch state {
      case .waiting where isPromotion: state = .losesNext
      case .losesNext:
        state = .spent
        return true
      case .waiting, .spent: break
      }
      return false
    }
    if isLost { throw TransportError(.timedOut, delivery: .maybeSent) }
    return try await lossy.send(request)
  }
}

/// A switch that tests throw while others look.
final class Switch: Sendable {
  private let state = Mutex(false)
  var isOn: Bool { state.withLock { $0 } }
  func turn(on: Bool) { state.withLock { $0 = on } }
}

/// A value that a test puts aside.
final class Box<Value: Sendable>: Sendable {
  private let state = Mutex<Value?>(nil)
  var value: Value? { state.withLock { $0 } }
  func set(_ value: Value) { state.withLock { $0 = value } }
  func clear() { state.withLock { $0 = nil } }
}

/// A number that goes up.
final class Count: Sendable {
  private let state = Mutex(0)
  var value: Int { state.withLock { $0 } }

  /// The number before it goes up by one.
  func next() -> Int {
    state.withLock { state in
      defer { state += 1 }
      return state
    }
  }
}
