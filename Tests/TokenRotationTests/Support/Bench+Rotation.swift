import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

/// Rotations that were interrupted, as a process leaves them that is killed.
extension Bench {
  /// Puts a provider, and the account at Twilio, where a rotation was interrupted by the end of its process.
  func plant(_ phase: RotationPhase, of id: ProviderID) async throws {
    let candidate = try AuthToken.random()
    planted.set(candidate)
    let context = SealingContext(providerID: id, accountSID: try accountSID, slot: .candidate)
    let sealed = try OpenSSLTokenCipher(keyring: keyring).seal(candidate, for: context)
    try await changeRecord(id) { record in
      record.rotation.phase = phase
      switch phase {
      case .idle: return
      case .quarantined: record.rotation.quarantine = .nothingWorks
      case .creating, .discarding: break
      case .minted, .promoting: record.rotation.candidate = sealed
      }
      guard phase != .quarantined else { return }
      record.rotation.goal = .rotate
      record.rotation.tenure = RotationTenure(owner: "gone", beat: 3, lease: RotationTimings.standard.lease)
    }
    switch phase {
    case .minted, .promoting: twilio.changeAccount(try accountSID) { $0.secondary = candidate }
    case .idle, .creating, .discarding, .quarantined: break
    }
  }

  /// The candidate that ``plant(_:of:)`` made last.
  var plantedCandidate: AuthToken? { planted.value }

  /// How many tokens are kept aside once a person ended a rotation that was planted, beside the one from before.
  func kept(_ phase: RotationPhase) -> Int { phase == .minted || phase == .promoting ? 1 : 0 }

  /// Changes a stored record behind everybody's back.
  func changeRecord(_ id: ProviderID, _ change: (inout ProviderRecord) -> Void) async throws {
    let stored = try #require(try await memory.read(id))
    var record = stored.record
    change(&record)
    _ = try await memory.replace(record, ifRevision: stored.revision)
  }

  func revision(_ id: ProviderID) async throws -> Int64 { try #require(try await memory.read(id)).revision.rawValue }

  /// The same host once more, on the same store, perhaps with other keys or a time of its own.
  func anotherProcess(
    keyring: Keyring? = nil, transport: (any HTTPTransport)? = nil, time: VirtualTime? = nil
  ) throws -> TwilioProviders {
    var configuration = configuration
    if let time { configuration.timeSource = time }
    return TwilioProviders(
      store: store, cipher: try OpenSSLTokenCipher(keyring: keyring ?? self.keyring),
      transport: transport ?? (validator == nil ? twilio : self.transport), validator: validator,
      configuration: configuration)
  }
}
