import Synchronization

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Something that happened in a rotation, for audit trails and for whoever keeps copies of tokens; without a secret.
public struct RotationEvent: Hashable, Sendable {
  /// What happened.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A new token was created at Twilio and stored as the candidate.
    case minted
    /// Twilio accepts the candidate, which is about to be promoted.
    case proven
    /// The candidate is the account's primary; the old token is dead.
    case promoted
    /// The new token is the provider's current one; the rotation is over.
    case committed
    /// The rotation was given up; the token in use is the one from before.
    case rolledBack
    /// A person has to look.
    case quarantined
    /// Another worker went on with a rotation that was left open.
    case resumed
  }

  /// The provider.
  public let providerID: ProviderID
  /// The account.
  public let accountSID: AccountSID
  /// What happened.
  public let kind: Kind
  /// Why, as a stable label, where a rotation was rolled back or quarantined.
  public let reason: String?
  /// When.
  public let date: Date
}

/// Hands events to everyone who listens, without waiting for anyone.
final class RotationEventSource: Sendable {
  private struct State {
    var listeners: [Int: AsyncStream<RotationEvent>.Continuation] = [:]
    var lastID = 0
  }

  private let state = Mutex(State())

  deinit {
    for listener in state.withLock(\.listeners.values) { listener.finish() }
  }

  func listen(buffering limit: Int) -> AsyncStream<RotationEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: RotationEvent.self, bufferingPolicy: .bufferingNewest(max(1, limit)))
    let id = state.withLock { state in
      state.lastID += 1
      state.listeners[state.lastID] = continuation
      return state.lastID
    }
    continuation.onTermination = { [weak self] _ in _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) } }
    return stream
  }

  func send(_ event: RotationEvent) {
    let listeners = state.withLock { Array($0.listeners.values) }
    for listener in listeners { listener.yield(event) }
  }
}

extension TwilioProviders {
  /// What happens in this process's rotations from now on, for as long as somebody listens.
  ///
  /// Every call gives a sequence of its own. It ends when this object goes.
  ///
  /// - Parameter limit: How many events wait for a listener that is slow; of more than that the oldest are dropped, so
  ///   that no rotation ever waits for a listener.
  public func rotationEvents(buffering limit: Int = 1000) -> AsyncStream<RotationEvent> {
    events.listen(buffering: limit)
  }
}
