import TokenRotationCore

/// A token in the model: a number; 0 stands for none.
typealias ModelToken = UInt8

/// Everything there is, at one moment: Twilio's hidden state, the stored ledger, two workers, and what is under way.
struct World: Hashable, Sendable {
  var twilio = ModelTwilio()
  var ledger = RotationLedger<ModelToken>(current: 1)
  /// What the rotation that the ledger tells of is for.
  var goal: RotationMachine.Goal?
  var workers = [ModelWorker(), ModelWorker()]
  var budget: Budget
  var settings: Settings
  /// What a machine was last told, and where it stood; of no weight for what can happen next.
  var lastHandled: Handled?

  /// Where a machine stood, and what it was told there.
  struct Handled: Hashable, Sendable {
    let step: String
    let event: String
  }

  /// What may still go wrong.
  struct Budget: Hashable, Sendable {
    var crashes: UInt8
    var lostAnswers: UInt8
    var lateCalls: UInt8
    var staleAnswers: UInt8
    var storeFaults: UInt8
    var takeovers: UInt8
    var personActs: UInt8
    var updates: UInt8
    var tenures: UInt8
  }

  /// What Twilio does not document, one way throughout.
  struct Settings: Hashable, Sendable {
    /// Whether the account names its primary to the primary, and to a secondary.
    var tellsPrimary: Bool
    var tellsSecondary: Bool
    /// What a host asks for beside resuming.
    var goals: [RotationMachine.Goal] = [.rotate]
  }
}

/// The account as it is.
struct ModelTwilio: Hashable, Sendable {
  var primary: ModelToken = 1
  var secondary: ModelToken = 0
  var lastToken: ModelToken = 1
  /// Calls that were sent, whose caller gave up, and that may still be applied.
  var late: [LateCall] = []
  /// Tokens whose standing some node may not know yet, a bit each.
  var unsettled: UInt32 = 0
  /// Those that the last step unsettled.
  var justUnsettled: UInt32 = 0
  /// Tokens that are or were the primary.
  var primaries: UInt32 = 1 << 1
  /// Tokens that a person made.
  var persons: UInt32 = 0
  /// The primary before the last promotion, which a node that lags names.
  var formerPrimary: ModelToken = 0

  struct LateCall: Hashable, Sendable {
    let call: RotationCall
    let caller: ModelToken
    let sender: Int
    /// Whether the workers that wait for late calls began to wait after it was sent, a bit each.
    var isWaitedFor: UInt8 = 0
    /// Whether a person asked for it who takes the consequences.
    var isByWord = false
  }

  func accepts(_ token: ModelToken) -> Bool { token != 0 && (token == primary || token == secondary) }

  func isUnsettled(_ token: ModelToken) -> Bool { unsettled & 1 << UInt32(token) != 0 }

  mutating func unsettle(_ token: ModelToken) {
    guard token != 0 else { return }
    unsettled |= 1 << UInt32(token)
    justUnsettled |= 1 << UInt32(token)
  }

  /// Applies a call that was authenticated.
  ///
  /// - Returns: The answer, and the token that comes with it.
  mutating func apply(_ call: RotationCall) -> (CallAnswer, ModelToken) {
    switch call {
    case .create:
      if secondary != 0 { return (.secondaryExists, 0) }
      lastToken += 1
      secondary = lastToken
      unsettle(secondary)
      return (.done, secondary)
    case .delete:
      if secondary == 0 { return (.noSecondary, 0) }
      unsettle(secondary)
      secondary = 0
      return (.done, 0)
    case .promote:
      if secondary == 0 { return (.noSecondary, 0) }
      unsettle(primary)
      unsettle(secondary)
      formerPrimary = primary
      primary = secondary
      primaries |= 1 << UInt32(primary)
      secondary = 0
      return (.done, primary)
    }
  }
}

/// A process that works on the record.
struct ModelWorker: Hashable, Sendable {
  /// Its tenure, and the effect under way; nil if it does nothing.
  var machine: RotationMachine?
  var effect: RotationMachine.Effect?
  /// The token that came with the last answer.
  var received: ModelToken = 0
  /// The ledger as it last read or wrote it.
  var view = RotationLedger<ModelToken>(current: 1)
  /// Whether the ledger is as this worker last read or wrote it.
  var isCurrent = false
  /// Whether it found its lease long enough before it stalled: what it was about to send may leave at any time.
  var hasCheckedLease = false
  /// The tokens whose standing was unsettled when its wait for propagation began.
  var awaitsSettling: UInt32 = 0
  var isWaiting = false
  /// Whether what it deletes is deleted by the word of a person.
  var isByWord: Bool { machine?.goal == .delete }
  /// Whether a person acted since it last asked about the secondary: what it does then, no protocol can prevent.
  var isOvertakenByPerson = false
}
