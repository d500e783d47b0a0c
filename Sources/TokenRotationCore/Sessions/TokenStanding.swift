import Synchronization

/// Twilio's opinion of a set of tokens, as all callers of this process together have come to know it.
///
/// It goes with the tokens: once the record holds others, a new one begins.
final class TokenStanding: Sendable {
  /// What is known after Twilio refused every one of the tokens.
  private enum Finding {
    case none
    /// It was asked, and accepts one of them: what it refused was a request's target. Believed for a while.
    case accepted(until: Duration)
    /// It refuses them all. After a while one caller tries again.
    case refused(until: Duration)
  }

  private struct State {
    var finding = Finding.none
    var asking: Latch?
  }

  private let preferred = Atomic<Int>(0)
  private let isRefused = Atomic<Bool>(false)
  private let state = Mutex(State())

  /// The place of the token that worked last, in the snapshot's order.
  var preferredIndex: Int { preferred.load(ordering: .relaxed) }

  /// Lets a call begin, unless all tokens are known to be refused.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/tokensRefused``.
  func admit(at now: @autoclosure () -> Duration, backoff: Duration) throws {
    guard isRefused.load(ordering: .acquiring) else { return }
    let now = now()
    try state.withLock { state in
      guard case .refused(let end) = state.finding else { return }
      guard now >= end else { throw TokenRotationError.tokensRefused(retryAfter: end - now) }
      // This one finds out for all.
      state.finding = .refused(until: now + backoff)
    }
  }

  /// Notes that a token works.
  ///
  /// - Returns: Whether all were thought to be refused.
  func accepted(_ index: Int?) -> Bool {
    if let index, index != preferredIndex { preferred.store(index, ordering: .relaxed) }
    guard isRefused.load(ordering: .relaxed) else { return false }
    return state.withLock { state in
      defer { state.finding = .none }
      isRefused.store(false, ordering: .releasing)
      if case .refused = state.finding { return true }
      return false
    }
  }

  /// Whether Twilio said a moment ago that it accepts a token, so that a refusal is that of a request's target.
  func isKnownToWork(at now: Duration) -> Bool {
    state.withLock { state in
      guard case .accepted(let end) = state.finding else { return false }
      return now < end
    }
  }

  /// What came of asking.
  enum Answer {
    /// A token works.
    case works
    /// None does, which this caller found out.
    case foundRefused
    /// None does, as was found out before.
    case knownRefused
  }

  /// Finds out whether any of the tokens works, once for all who want to know at the same time.
  ///
  /// - Parameters:
  ///   - backoff: How long the answer holds.
  ///   - time: Tells the time.
  ///   - ask: Asks Twilio.
  func find(
    backoff: Duration, time: any TimeSource, asking ask: () async throws -> Bool
  ) async throws -> Answer {
    while true {
      let now = time.uptime
      let latch = Latch()
      let others: Latch? = state.withLock { state in
        if let asking = state.asking { return asking }
        state.asking = latch
        return nil
      }
      if let others {
        try await others.wait()
        if let answer = known(at: now) { return answer }
        continue
      }
      defer {
        state.withLock { $0.asking = nil }
        latch.open()
      }
      let works = try await ask()
      let end = time.uptime + backoff
      return state.withLock { state in
        defer { state.finding = works ? .accepted(until: end) : .refused(until: end) }
        isRefused.store(!works, ordering: .releasing)
        if works { return .works }
        if case .refused = state.finding { return .knownRefused }
        return .foundRefused
      }
    }
  }

  private func known(at now: Duration) -> Answer? {
    state.withLock { state in
      switch state.finding {
      case .accepted(let end) where now < end: .works
      case .refused(let end) where now < end: .knownRefused
      case .none, .accepted, .refused: nil
      }
    }
  }
}

extension TokenRotationError {
  static func tokensRefused(retryAfter: Duration) -> TokenRotationError {
    TokenRotationError(
      .tokensRefused,
      "Twilio refuses every Auth Token that is held for this provider: they were replaced in the Console, or the account "
        + "is suspended or closed. Have its owner enter the token anew.",
      retryAfter: retryAfter)
  }
}
