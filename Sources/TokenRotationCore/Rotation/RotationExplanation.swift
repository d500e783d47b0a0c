#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Where a provider's rotation stands, in words for whoever has to deal with it at three in the morning.
///
/// It says what is known, what that rests on and what to do next. It holds no secret and may be shown and logged.
public struct RotationExplanation: Hashable, Sendable {
  /// The provider.
  public let providerID: ProviderID
  /// Where the rotation stands.
  public let phase: RotationPhase
  /// Why a person has to look; in ``RotationPhase/quarantined`` only.
  public let quarantine: QuarantineReason?
  /// Whether a worker holds the record, or held it when its process ended.
  public let isHeld: Bool
  /// When the candidate was stored, if there is one.
  public let mintedAt: Date?
  /// How many tokens that were given up are still kept.
  public let keptTokens: Int
  /// What the situation is.
  public let situation: String
  /// The next safe thing to do.
  public let nextStep: String
  /// What was asked and answered since the rotation began, the latest last.
  public let evidence: [RotationEvidence]

  init(_ record: ProviderRecord) {
    let state = record.rotation
    providerID = record.id
    phase = state.phase
    quarantine = state.quarantine
    isHeld = state.tenure != nil
    mintedAt = state.mintedAt
    keptTokens = state.givenUp.count
    evidence = state.evidence
    situation = [state.situation, state.ending, state.remains].compactMap(\.self).joined(separator: " ")
    nextStep = state.nextStep
  }
}

extension RotationExplanation: CustomStringConvertible {
  /// Everything, over several lines.
  public var description: String {
    var lines = ["Provider \(providerID): \(phase.rawValue). \(situation)", "Next: \(nextStep)"]
    if !evidence.isEmpty { lines += ["What this rests on:"] + evidence.map { "  \($0)" } }
    return lines.joined(separator: "\n")
  }
}

extension TwilioProviders {
  /// Tells where a provider's rotation stands, what that is known from and what to do next.
  ///
  /// It only reads the record, so it works while Twilio does not, and disturbs nobody.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/providerNotFound`` or
  ///   ``TokenRotationError/Code/storeFailed``.
  public func explainRotation(of id: ProviderID) async throws -> RotationExplanation {
    try await instruments.observe(.read, of: id) { RotationExplanation(try await store.require(id).record) }
  }
}

// MARK: The words

extension RotationState {
  fileprivate var situation: String {
    switch (phase, quarantine) {
    case (.idle, _):
      "No rotation is open. The stored token is in use."
    case (.creating, _):
      "Twilio is being asked for a new token, or was when the worker stopped. The stored token works."
    case (.discarding, _):
      "A secondary token at Twilio that is of no use any more is being deleted. The stored token works."
    case (.minted, _):
      "A new token exists and is stored as the candidate. Both tokens work; webhooks are signed with the old one."
    case (.promoting, _):
      "The new token is being made the account's primary, or was when the worker stopped. Both tokens are stored, and at "
        + "least one works."
    case (.quarantined, .interruptedCreate):
      "The account has a secondary token that nobody here holds. It may come from a worker that was interrupted while "
        + "creating one, or a person made it. Nothing was deleted. The stored token works."
    case (.quarantined, .nothingWorks):
      "Twilio refuses every token that is stored, repeatedly. Somebody replaced the token in the Twilio Console, or the "
        + "account was suspended or closed: Twilio does not say which."
    case (.quarantined, .contradiction):
      "Twilio says that there is no secondary, and names another token than the stored ones as the primary, while it "
        + "accepts the candidate. Somebody is changing tokens in the Twilio Console at the same time."
    case (.quarantined, nil):
      "A newer release stopped here for a reason that this one does not know."
    }
  }

  /// Why the last worker stopped.
  fileprivate var ending: String? {
    guard let stop else { return nil }
    let reason =
      switch stop {
      case .secondaryExists: "the account has a secondary token that is not known here"
      case .refused: "Twilio refused the call"
      case .unreachable: "Twilio could not be reached, or its answers got lost"
      case .candidateRejected: "Twilio no longer accepted the new token, so somebody deleted it"
      case .tokenRejected: "Twilio did not accept the token that was entered"
      case .unsettled: "Twilio's answers kept contradicting each other"
      case .tokenNotReturned: "Twilio created secondary tokens and did not show them"
      case .storeFailed: "the store could not be written"
      case .cancelled: "the task was cancelled"
      case .inconsistent: "of an error in this package"
      }
    return phase == .idle
      ? "The last rotation was given up because \(reason)." : "The last worker stopped because \(reason)."
  }

  /// What is kept for the case that it is needed.
  fileprivate var remains: String? {
    var sentences: [String] = []
    if !givenUp.isEmpty {
      let count = givenUp.count
      sentences.append(
        count == 1
          ? "One token that was given up is kept until a rotation succeeds."
          : "\(count) tokens that were given up are kept until a rotation succeeds.")
    }
    if unknownCreate != .none {
      sentences.append("A request to create a secondary was sent whose outcome nobody knows.")
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  fileprivate var nextStep: String {
    if tenure != nil {
      return
        "Wait: a worker holds the record. If its process is gone, call resumeRotation(of:); it takes over as soon as "
        + "the lease is over."
    }
    switch (phase, quarantine) {
    case (.idle, _) where stop == .secondaryExists:
      return "Look in the Twilio Console whether somebody needs the secondary token. If not, call "
        + "deleteSecondaryToken(of:) and rotate again."
    case (.idle, _) where stop != nil:
      return "Rotate again when the reason is gone."
    case (.idle, _):
      return "Nothing is to be done."
    case (.minted, _) where goal == .create:
      return "Call promoteSecondaryToken(of:) to use the new token, or deleteSecondaryToken(of:) to drop it."
    case (.creating, _), (.discarding, _), (.minted, _), (.promoting, _):
      return "Call resumeRotation(of:) to finish it, or abandonRotation(of:) to go back to the old token."
    case (.quarantined, .interruptedCreate):
      return "Ask whoever has access to the Twilio Console whether the secondary token is theirs. If it is not, call "
        + "deleteSecondaryToken(of:) and rotate again. If it is, let them promote it and enter it with "
        + "updateAuthToken(of:to:)."
    case (.quarantined, .nothingWorks):
      return "Log in to the Twilio Console. If the account is active, copy its primary Auth Token and enter it with "
        + "updateAuthToken(of:to:). If it was suspended, settle that first; then call resumeRotation(of:), which tries all "
        + "stored tokens again."
    case (.quarantined, .contradiction), (.quarantined, nil):
      return "Log in to the Twilio Console, copy the account's primary Auth Token and enter it with "
        + "updateAuthToken(of:to:)."
    }
  }
}
