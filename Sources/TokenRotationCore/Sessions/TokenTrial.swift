/// One call's way through a provider's tokens: the likeliest first, each other one after a refusal.
///
/// A 401 was not executed, so whatever was asked for may be asked for again with another token.
struct TokenTrial: Sendable {
  private(set) var snapshot: TokenSnapshot {
    didSet { place = 0 }
  }
  /// Where the token that is tried now stands in the snapshot's order.
  private var place: Int
  private var refused: [AuthToken] = []
  private var hasReread = false
  private var rounds = 1

  /// Begins with the token that works, as far as it is known.
  init(_ snapshot: TokenSnapshot) {
    self.snapshot = snapshot
    place = snapshot.preferredPlace
  }

  /// The token that is tried now.
  var token: AuthToken { snapshot.inOrder[place] }

  /// Whether no token was refused before this one.
  var isFirst: Bool { refused.isEmpty && rounds == 1 }

  /// Where the token stands in the snapshot's order; nil if it was replaced, and is nothing to begin with.
  var index: Int? { place < snapshot.inOrder.count - snapshot.retired.count ? place : nil }

  /// Goes on to a token that was not tried: one that is in memory; one that the record holds now; and while a rotation
  /// may not be known at all of Twilio's nodes, after a pause, each of them once more.
  ///
  /// - Returns: Whether there is one.
  /// - Throws: `CancellationError` if the task was cancelled.
  mutating func advance(in cache: TokenCache, _ configuration: TokenRotationConfiguration) async throws -> Bool {
    let clock = configuration.timeSource
    refused.append(token)
    if let latest = cache.latest(of: snapshot.providerID) { snapshot = latest }
    if takeNext(at: clock.uptime) { return true }
    if !hasReread {
      hasReread = true
      do {
        snapshot = try await cache.reread(snapshot.providerID)
      } catch let error as TokenRotationError where error.code != .providerNotFound {
        // The store is down: what is in memory is all that there is.
      }
      if takeNext(at: clock.uptime) { return true }
    }
    guard snapshot.isUnsettled(at: clock.uptime),
      let pause = configuration.retryPolicy.pause(afterFailures: rounds, retryAfter: nil)
    else { return false }
    rounds += 1
    try await clock.sleep(for: pause)
    refused = []
    return takeNext(at: clock.uptime)
  }

  private mutating func takeNext(at now: Duration) -> Bool {
    guard let next = snapshot.tokensToTry(at: now).first(where: { !refused.contains($0) }),
      let nextPlace = snapshot.inOrder.firstIndex(of: next)
    else { return false }
    place = nextPlace
    return true
  }
}
