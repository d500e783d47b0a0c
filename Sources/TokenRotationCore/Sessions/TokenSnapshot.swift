#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is known of a provider's tokens at one moment: never changed, so that any number of readers share it.
final class TokenSnapshot: Sendable {
  /// A token that was replaced, and until when it is kept.
  struct Retired: Sendable {
    let token: AuthToken
    let end: Duration
  }

  /// A token, and the form in which the record holds it.
  struct Held: Sendable {
    let token: AuthToken
    let sealed: SealedToken
  }

  let providerID: ProviderID
  let accountSID: AccountSID
  let region: TwilioRegion
  let current: Held
  /// The token that is about to take its place.
  let candidate: Held?
  /// Whether Twilio accepted the candidate, which is about to be the only one that works.
  let candidateIsProven: Bool
  /// The latest first.
  let retired: [Retired]
  /// Until when a refusal may be due to a node of Twilio's, or a service of Twilio's, that is behind.
  let unsettledUntil: Duration
  /// What is known of Twilio's opinion of these tokens.
  let standing: TokenStanding
  /// All of the tokens, the one to be tried first at the beginning.
  let inOrder: [AuthToken]
  private let forWebhooks: [WebhookToken]

  init(
    record: ProviderRecord, current: Held, candidate: Held?, after previous: TokenSnapshot?,
    configuration: TokenRotationConfiguration
  ) {
    let (timings, settings) = (configuration.timings, configuration.sessions)
    let now = configuration.timeSource.uptime
    providerID = record.id
    accountSID = record.accountSID
    region = record.region
    self.current = current
    self.candidate = candidate
    candidateIsProven = candidate != nil && record.rotation.phase == .promoting

    let held = [current.token] + [candidate?.token].compactMap(\.self)
    forWebhooks =
      [WebhookToken(.current, current.token)] + [candidate].compactMap { $0 }.map { WebhookToken(.candidate, $0.token) }
    var retired = (previous?.retired ?? []).filter { $0.end > now && !held.contains($0.token) }
    let gone = previous?.mayHaveBeenPrimary.filter { !held.contains($0) } ?? []
    retired.insert(contentsOf: gone.map { Retired(token: $0, end: now + settings.settlePeriod) }, at: 0)
    self.retired = Array(retired.prefix(Self.retiredLimit))

    inOrder =
      (candidateIsProven ? held.reversed() : held) + self.retired.map(\.token)
    if let previous, previous.current.token == current.token, previous.candidate?.token == candidate?.token,
      previous.candidateIsProven == candidateIsProven
    {
      standing = previous.standing
      unsettledUntil = previous.unsettledUntil
    } else {
      standing = TokenStanding()
      let wasSettled = previous == nil && candidate == nil && !record.hasJustBeenCommitted(configuration)
      unsettledUntil = wasSettled ? now : now + timings.propagation
    }
  }

  /// More than that many rotations do not fit into a settle period.
  private static let retiredLimit = 3

  /// The tokens that Twilio may have signed webhooks with, as far as this snapshot can tell.
  private var mayHaveBeenPrimary: [AuthToken] {
    candidateIsProven ? inOrder.prefix(2).map(\.self) : [current.token]
  }

  /// Where the token to try first stands in the order.
  var preferredPlace: Int {
    let place = standing.preferredIndex
    return place < inOrder.count ? place : 0
  }

  /// The tokens to try, in that order.
  func tokensToTry(at now: Duration) -> [AuthToken] {
    let others = inOrder.prefix(inOrder.count - retired.count) + retired.filter { $0.end > now }.map(\.token)
    let preferred = inOrder[preferredPlace]
    return others.contains(preferred) ? [preferred] + others.filter { $0 != preferred } : Array(others)
  }

  /// The tokens that a webhook may be signed with.
  func webhookTokens(at now: Duration) -> [WebhookToken] {
    retired.isEmpty
      ? forWebhooks : forWebhooks + retired.filter { $0.end > now }.map { WebhookToken(.previous, $0.token) }
  }

  /// Whether a refusal may be one that is over soon.
  func isUnsettled(at now: Duration) -> Bool {
    candidateIsProven || now < unsettledUntil || retired.contains { $0.end > now }
  }
}

extension ProviderRecord {
  /// Whether a rotation ended so short a time ago that nodes of Twilio's may not know of it.
  fileprivate func hasJustBeenCommitted(_ configuration: TokenRotationConfiguration) -> Bool {
    guard let committedAt = rotation.committedAt else { return false }
    let elapsed = Duration.seconds(configuration.timeSource.date.timeIntervalSince(committedAt))
    let propagation = configuration.timings.propagation
    return (.zero - propagation..<propagation).contains(elapsed)
  }
}

extension TokenSnapshot: CustomStringConvertible, CustomReflectable {
  /// How many tokens it holds.
  var description: String { "<\(inOrder.count) tokens of \(providerID)>" }

  /// A mirror without children.
  var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
