import TokenRotationCore

/// The account as it is.
struct ModelTwilio {
  var primary: ModelToken = 1
  var secondary: ModelToken = 0
  var lastToken: ModelToken = 1
  /// The primary before the last promotion, which a node that lags names.
  var formerPrimary: ModelToken = 0
  /// Tokens whose standing some node may not know yet.
  var unsettled: TokenSet = 0
  /// Those that the last step unsettled.
  var justUnsettled: TokenSet = 0
  /// Tokens that are or were the primary.
  var primaries = TokenSet(of: 1)
  /// Tokens that a person made.
  var persons: TokenSet = 0
  /// Calls that were sent, whose caller gave up, and that may still be applied.
  var late = LateCalls()

  func accepts(_ token: ModelToken) -> Bool { token != 0 && (token == primary || token == secondary) }

  func isUnsettled(_ token: ModelToken) -> Bool { unsettled.contains(token) }

  mutating func unsettle(_ token: ModelToken) {
    unsettled |= TokenSet(of: token)
    justUnsettled |= TokenSet(of: token)
  }

  /// Applies a call that was authenticated.
  ///
  /// - Returns: The answer, and the token that comes with it.
  mutating func apply(_ call: RotationCall) -> (CallAnswer, ModelToken) {
    switch call {
    case .create:
      if secondary != 0 { return (.secondaryExists, 0) }
      lastToken += 1
      precondition(lastToken < 32, "More tokens than a set of them has bits.")
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
      primaries |= TokenSet(of: primary)
      secondary = 0
      return (.done, primary)
    }
  }
}

/// A call that was sent, and whose caller gave up.
struct LateCall {
  let call: RotationCall
  let caller: ModelToken
  let sender: Int
  /// Whether the workers that wait for late calls began to wait after it was sent, a bit each.
  var isWaitedFor: UInt8 = 0
  /// Whether a person asked for it who takes the consequences.
  var isByWord = false
  /// Whether it was sent by a worker that had stalled past its lease.
  var isOfStalled = false
  /// Whether a person acted since it was sent, while a worker held the record: what it does then, no protocol can prevent.
  var isOvertakenByPerson = false
}

/// Up to four of them, in the order in which they were sent.
struct LateCalls {
  /// Sixteen for each, the oldest call's the lowest; none is zero.
  private(set) var bits: UInt64 = 0

  var isEmpty: Bool { bits == 0 }
  var count: Int { (64 - bits.leadingZeroBitCount + 15) / 16 }

  subscript(position: Int) -> LateCall {
    get { LateCall(bits: UInt16(truncatingIfNeeded: bits >> UInt64(position * 16))) }
    set {
      bits &= ~(0xffff << UInt64(position * 16))
      bits |= UInt64(newValue.bits) << UInt64(position * 16)
    }
  }

  mutating func append(_ call: LateCall) {
    precondition(count < 4, "Four late calls at once are the most.")
    self[count] = call
  }

  mutating func remove(at position: Int) {
    let below: UInt64 = (1 << UInt64(position * 16)) - 1
    let above = position == 3 ? 0 : bits >> UInt64((position + 1) * 16)
    bits = bits & below | above << UInt64(position * 16)
  }

  mutating func removeAll() { bits = 0 }
}

extension LateCall {
  fileprivate var bits: UInt16 {
    let number: UInt16 =
      switch call {
      case .create: 1
      case .delete: 2
      case .promote: 3
      }
    return number | UInt16(caller) << 2 | UInt16(sender) << 7 | UInt16(isWaitedFor) << 8 | (isByWord ? 1 << 10 : 0)
      | (isOvertakenByPerson ? 1 << 11 : 0) | (isOfStalled ? 1 << 12 : 0)
  }

  fileprivate init(bits: UInt16) {
    self.init(
      call: bits & 3 == 1 ? .create : bits & 3 == 2 ? .delete : .promote,
      caller: ModelToken(bits >> 2 & 31), sender: Int(bits >> 7 & 1), isWaitedFor: UInt8(bits >> 8 & 3),
      isByWord: bits >> 10 & 1 == 1, isOfStalled: bits >> 12 & 1 == 1, isOvertakenByPerson: bits >> 11 & 1 == 1)
  }
}
