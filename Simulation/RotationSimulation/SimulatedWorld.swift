import HTTPTypes
import Synchronization
import TokenRotationCore
import TokenRotationOpenSSL
import TokenRotationSimulator

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Everything outside of the processes: Twilio, the database, time, chance, and who keeps watch over the invariants.
///
/// The verdict is taken from Twilio's hidden state and the stored bytes, never from the library's own word.
final class SimulatedWorld: Sendable {
  struct State {
    var record: StoredRecord?
    var revision: Int64 = 0
    var random: SeededRandomNumberGenerator
    var plan: FaultPlan
    /// The accesses so far, each of which can have met a fault, and whose they were.
    var accesses: [Access] = []
    /// The accesses that met one, by number.
    var hits: [Int] = []
    /// Tokens that a person made, promoted or deleted: what became of them is the person's doing.
    var persons: [AuthToken] = []
    var lastPersonAct: Duration?
    /// Whether the deletion that is under way was begun by somebody's word.
    var discardsByWord = false
    var violations: [String] = []
    var tally = Tally()
    var trace: [String]?
    /// Whether Twilio's nodes know everything at once.
    var isSettled = false
  }

  static let sid = "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"

  let executor: DeterministicExecutor
  let twilio: TwilioSimulator
  let accountSID: AccountSID
  let keyring: Keyring
  let timings: RotationTimings
  let providerID: ProviderID
  private let cipher: OpenSSLTokenCipher
  let state: Mutex<State>

  init(seed: UInt64, plan: FaultPlan, keepsTrace: Bool) throws {
    var random = SeededRandomNumberGenerator(seed: seed)
    executor = DeterministicExecutor(seed: random.next())
    accountSID = try AccountSID(Self.sid)
    providerID = try ProviderID("provider")
    keyring = try Keyring(sealingKey: Keyring.Key(bytes: Array(repeating: 7, count: 32)))
    cipher = try OpenSSLTokenCipher(keyring: keyring)
    timings = .standard
    var tokens = SeededRandomNumberGenerator(seed: random.next())
    let first = try AuthToken(issued: (0..<32).map { _ in "0123456789abcdef".utf8.randomElement(using: &tokens) ?? 48 })
    twilio = TwilioSimulator(
      accounts: [SimulatedAccount(sid: accountSID, primary: first)], settings: Self.settings(&random),
      time: ExecutorTime(executor: executor), generator: tokens)
    let sealed = try cipher.seal(
      first, for: SealingContext(providerID: providerID, accountSID: accountSID, slot: .current))
    var state = State(random: random, plan: plan)
    state.trace = keepsTrace ? [] : nil
    state.record = StoredRecord(
      record: ProviderRecord(
        id: providerID, accountSID: accountSID, region: .us1, details: ProviderDetails(name: "x"), token: sealed),
      revision: Revision(rawValue: 0))
    self.state = Mutex(state)
  }

  /// What Twilio does not document, one way throughout a run.
  private static func settings(_ random: inout SeededRandomNumberGenerator) -> TwilioSimulator.Settings {
    var settings = TwilioSimulator.Settings()
    settings.authTokenForSecondary = [nil, .null, .missing].randomElement(using: &random) ?? nil
    if Int.random(in: 0..<3, using: &random) == 0 {
      settings.fieldOverrides[.fetchAccount] = ["auth_token": .null]
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      settings.fieldOverrides[.promoteSecondary] = ["auth_token": .null]
    }
    return settings
  }

  var account: SimulatedAccount? { twilio.account(accountSID) }

  // MARK: Chance

  func random(_ range: Range<Int>) -> Int { state.withLock { Int.random(in: range, using: &$0.random) } }

  /// A time of up to so many seconds, in milliseconds.
  func randomTime(upTo seconds: Int) -> Duration { .milliseconds(random(1..<max(2, seconds * 1000))) }

  /// What this access meets.
  func fault(of call: PortCall, by process: Int) -> Fault? {
    state.withLock { state in
      let number = state.accesses.count
      state.accesses.append(Access(call: call, process: process))
      let fault: Fault?
      switch state.plan {
      case .none: fault = nil
      case .exactly(let faults): fault = faults[number]
      case .random(let perMille, let spared):
        let isHit = Int.random(in: 0..<1000, using: &state.random) < perMille
        let chosen = call.faults.randomElement(using: &state.random)
        fault = isHit && !spared.contains(number) ? chosen : nil
      }
      if let fault {
        state.hits.append(number)
        let phase = state.record?.record.rotation.phase ?? .idle
        state.tally.count(fault, call, phase)
      }
      state.trace?.append(
        "\(executor.uptime) process \(process): \(call.rawValue)\(fault.map { ", \($0.rawValue)" } ?? "")")
      return fault
    }
  }

  func note(_ line: @autoclosure () -> String) {
    state.withLock { state in
      guard state.trace != nil else { return }
      state.trace?.append("\(executor.uptime) \(line())")
    }
  }

  func complain(_ message: String) {
    state.withLock { state in
      state.violations.append(message)
      state.trace?.append("\(executor.uptime) VIOLATION \(message)")
    }
  }

  // MARK: What happens to the world

  /// Writes a record, if the revision is the one that is there.
  func replace(_ record: ProviderRecord, ifRevision revision: Revision) throws -> StoredRecord {
    checkThread()
    let stored = try state.withLock { state in
      guard state.record?.revision == revision else {
        throw TokenRotationError(.storeConflict, "Changed meanwhile.")
      }
      state.revision += 1
      let stored = StoredRecord(record: record, revision: Revision(rawValue: state.revision))
      state.record = stored
      let rotation = record.rotation
      state.discardsByWord = rotation.phase == .discarding && (state.discardsByWord || rotation.goal == .delete)
      return stored
    }
    note("stored: \(record.rotation.phase.rawValue)")
    checkThatSomethingWorks()
    return stored
  }

  var stored: StoredRecord? { state.withLock(\.record) }

  /// Lets a request reach Twilio, at a node that may be behind.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - byWord: Whether a person asked for it who takes the consequences.
  ///   - sentAt: When the process that sent it looked at its lease for the last time.
  func deliver(_ request: TransportRequest, byWord: Bool, sentAt: Duration) -> TransportResponse {
    checkThread()
    let isBehind = state.withLock { !$0.isSettled && Int.random(in: 0..<4, using: &$0.random) == 0 }
    let lag = isBehind ? randomTime(upTo: Int(timings.propagation.components.seconds) - 1) : .zero
    let before = account
    let response = twilio.perform(request, at: NodeLag(lag))
    note(
      "Twilio answers \(response.head.status.code) to \(request.head.method.rawValue)\(isBehind ? ", a node behind" : "")"
    )
    if let before, let after = account, before != after {
      check(before, after, byWord: byWord || state.withLock(\.discardsByWord), sentAt: sentAt)
    }
    return response
  }

  /// A person at the Console.
  func personActs(_ change: (inout SimulatedAccount) -> Void) {
    let before = account
    twilio.changeAccount(accountSID, change)
    let after = account
    state.withLock { state in
      // What stayed as it was is nobody's doing.
      if let primary = after?.primary, primary != before?.primary { state.persons.append(primary) }
      if before?.secondary != after?.secondary {
        state.persons += [before?.secondary, after?.secondary].compactMap(\.self)
      }
      state.lastPersonAct = executor.uptime
    }
    note("a person acts in the Console")
  }

  // MARK: The invariants

  /// Every token in the stored record that opens.
  func heldTokens() -> [AuthToken] {
    guard let record = stored?.record else { return [] }
    func open(_ sealed: SealedToken, _ slot: TokenSlot) -> AuthToken? {
      try? cipher.open(sealed, for: SealingContext(providerID: record.id, accountSID: record.accountSID, slot: slot))
    }
    return [open(record.token, .current), record.rotation.candidate.flatMap { open($0, .candidate) }].compactMap(\.self)
      + record.rotation.givenUp.compactMap { open($0, .givenUp) }
  }

  /// Whether the account's primary is what a person made of it.
  var isPersonsDoing: Bool {
    guard let primary = account?.primary else { return true }
    return state.withLock { $0.persons.contains(primary) }
  }

  func checkThatSomethingWorks() {
    guard let account, !isPersonsDoing else { return }
    if !heldTokens().contains(where: { $0 == account.primary || $0 == account.secondary }) {
      complain("no token that the store holds works")
    }
  }

  private func check(_ before: SimulatedAccount, _ after: SimulatedAccount, byWord: Bool, sentAt: Duration) {
    let (now, lastAct) = (executor.uptime, state.withLock(\.lastPersonAct))
    // Between a question and its call, or while a process stands still with the call in its hands, nothing can be known of
    // what a person does.
    let isExcused = byWord || (lastAct.map { now - $0 < .seconds(120) || $0 >= sentAt } ?? false)
    if after.primary != before.primary {
      state.withLock { $0.tally.promotions += 1 }
      if isExcused {
        state.withLock { $0.persons.append(after.primary) }
      } else if !heldTokens().contains(after.primary) {
        complain("a secondary was promoted that the store does not hold")
      }
    } else if let deleted = before.secondary, after.secondary == nil {
      let isPersons = state.withLock { $0.persons.contains(deleted) }
      let isPresumed = stored?.record.rotation.unknownCreate.isNoted ?? false
      if isPersons, !isPresumed, !isExcused { complain("a person's secondary was deleted without an unknown create") }
      if isPresumed, !heldTokens().contains(deleted) { state.withLock { $0.tally.presumedOurs += 1 } }
    }
    checkThatSomethingWorks()
  }

  private func checkThread() {
    if !executor.isHere { complain("a job runs off the executor") }
  }
}

/// One access of a process to the world outside.
struct Access: Hashable, Sendable {
  let call: PortCall
  let process: Int
}

/// The executor's time.
struct ExecutorTime: TimeSource {
  let executor: DeterministicExecutor

  var uptime: Duration { executor.uptime }

  var date: Date {
    let (seconds, attoseconds) = uptime.components
    return Date(timeIntervalSince1970: 1_767_225_600 + Double(seconds) + Double(attoseconds) / 1e18)
  }

  func sleep(for duration: Duration) async throws { try await executor.sleep(for: duration) }
}
