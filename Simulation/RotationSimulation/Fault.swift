import HTTPTypes
import TokenRotationCore
import TokenRotationSimulator

/// What can go wrong with one call to Twilio or one access to the store.
public enum Fault: String, Hashable, Sendable, CaseIterable {
  /// It fails, and nothing was done.
  case failsBefore
  /// It fails, nothing was done, and nobody can tell.
  case getsLost
  /// It is done, and the answer does not come.
  case answerLost
  /// It is done after its caller gave up on it.
  case late
  /// The process dies, and nothing was done.
  case diesBefore
  /// It is done, and the process dies before it hears of it.
  case diesAfter
  /// The process stands still for minutes, and then it is done.
  case stalls
  /// Twilio asks for a pause.
  case rateLimited
  /// Twilio answers with a server error, after it was done.
  case serverError
  /// The task is cancelled, and it is done.
  case cancelled

  /// Those that a store can show.
  static let ofStore: [Fault] = [
    .failsBefore, .getsLost, .answerLost, .late, .diesBefore, .diesAfter, .stalls, .cancelled,
  ]
  /// Those of the fault matrix.
  static let ofMatrix: [Fault] = [.failsBefore, .answerLost, .late, .diesBefore, .diesAfter]
}

/// Where a process touches the world.
public enum PortCall: String, Hashable, Sendable, CaseIterable {
  case fetchAccount, createSecondary, deleteSecondary, promoteSecondary
  case read, replace

  init?(_ request: TransportRequest) {
    let path = request.head.path ?? ""
    switch request.head.method {
    case .get: self = .fetchAccount
    case .delete: self = .deleteSecondary
    case .post where path.hasSuffix("/Promote"): self = .promoteSecondary
    case .post: self = .createSecondary
    default: return nil
    }
  }

  /// The faults that make a difference to it.
  var faults: [Fault] {
    switch self {
    case .fetchAccount: [.failsBefore, .diesBefore, .stalls, .rateLimited, .cancelled]
    case .createSecondary, .deleteSecondary, .promoteSecondary: Fault.allCases
    case .read: [.failsBefore, .diesBefore, .stalls, .cancelled]
    case .replace: Fault.ofStore
    }
  }
}

/// Decides which access meets which fault.
enum FaultPlan: Sendable {
  /// None does.
  case none
  /// Each may, with this probability in thousandths; those whose number is listed are spared.
  case random(perMille: Int, spared: Set<Int>)
  /// The ones with these numbers do.
  case exactly([Int: Fault])
}
