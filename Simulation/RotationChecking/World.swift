import TokenRotationCore

/// A token in the model: a number from 1 to 31; 0 stands for none.
typealias ModelToken = UInt8

/// A set of tokens, a bit each.
typealias TokenSet = UInt32

extension TokenSet {
  init(of token: ModelToken) { self = token == 0 ? 0 : 1 << token }

  func contains(_ token: ModelToken) -> Bool { self & TokenSet(of: token) != 0 }
}

/// Everything there is, at one moment: Twilio's hidden state, the stored ledger, two workers, and what is under way.
///
/// Plain bits, because millions of them are made: ledgers and machines are named by their numbers in the tables of the
/// ``Model``.
struct World {
  var twilio = ModelTwilio()
  /// The number of the stored ledger.
  var ledger: Int32 = 0
  /// What the rotation that the ledger tells of is for.
  var goal: RotationMachine.Goal?
  var workers = Workers()
  var budget: Budget
  /// What a machine was told last, and where it stood; of no weight for what can happen next.
  var lastHandled: Handled?

  /// Where a machine stood, and what it was told there.
  struct Handled {
    let machine: Int32
    let event: Int
  }

  /// What may still go wrong.
  struct Budget: Hashable, Sendable {
    var crashes: UInt8 = 0
    var lostAnswers: UInt8 = 0
    var lateCalls: UInt8 = 0
    var staleAnswers: UInt8 = 0
    var storeFaults: UInt8 = 0
    var takeovers: UInt8 = 0
    var personActs: UInt8 = 0
    var updates: UInt8 = 0
    var tenures: UInt8 = 0
  }
}

/// A process that works on the record.
struct ModelWorker {
  /// The number of its tenure; 0 if it does nothing.
  var machine: Int32 = 0
  /// The number of the ledger as it last read or wrote it.
  var view: Int32 = 0
  /// The tokens whose standing was unsettled when its wait for propagation began.
  var awaitsSettling: TokenSet = 0
  /// The token that came with the last answer.
  var received: ModelToken = 0
  /// Whether the ledger is as this worker last read or wrote it.
  var isCurrent = false
  /// Whether it found its lease long enough before it stalled: what it was about to send may leave at any time.
  var hasCheckedLease = false
  /// Whether another worker has watched the record stand still for a lease: before it can send anything but what it was
  /// about to, it has to renew its own.
  var isLeaseOver = false
  /// Whether it waits until late calls are over.
  var isWaiting = false
  /// Whether the answer to its promotion told of another primary than the candidate, which is stored nowhere yet.
  var isToldOfPrimary = false
  /// Whether it waits until what is unsettled is settled, all late calls being over.
  var isSettling = false
  /// Whether a person acted since it last asked about the secondary: what it does then, no protocol can prevent.
  var isOvertakenByPerson = false

  var isWorking: Bool { machine != 0 }
}

/// The two of them.
struct Workers {
  var first = ModelWorker()
  var second = ModelWorker()

  static let indices = 0..<2

  subscript(index: Int) -> ModelWorker {
    get { index == 0 ? first : second }
    set { if index == 0 { first = newValue } else { second = newValue } }
  }
}
