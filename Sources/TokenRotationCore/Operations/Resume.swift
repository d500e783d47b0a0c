extension TwilioProviders {
  /// Finishes what was interrupted, whatever it was and wherever it broke off.
  ///
  /// An interrupted rotation is carried to its end; a candidate that ``createSecondaryToken(of:)`` made stays one. Where
  /// no rotation is open, or one is quarantined, Twilio is asked whether the stored token works; if it does not, every
  /// token that was given up lately is tried, and what works becomes the current one. If a worker holds the record, this
  /// waits for the end of its lease (``RotationTimings/lease``) before it takes over.
  ///
  /// - Returns: The provider.
  /// - Throws: ``TokenRotationError``: `rotationInProgress` if the worker that holds the record is alive,
  ///   `rotationQuarantined` if a person has to look, else as ``rotateAuthToken(of:)`` does. Nothing is lost by calling it
  ///   again.
  @discardableResult
  public func resumeRotation(of id: ProviderID) async throws -> TwilioProvider {
    try await instruments.observe(.resume, of: id) {
      let stored = try await takeOver(id)
      if stored.record.rotation.phase != .idle { try requireDurableStore() }
      var first: StoredRecord? = stored
      let outcome = try await drive(stored.record.rotation.resumedGoal) {
        if let stored = first.take() { return stored }
        return try await takeOver(id)
      }
      return TwilioProvider(outcome.record)
    }
  }

  /// Resumes every rotation that was left open: what to call when a process starts, and now and then.
  ///
  /// Pages through the store and leaves alone what is idle with nothing to be found again. One provider's failure does
  /// not keep it from the others.
  ///
  /// - Parameter concurrency: How many are resumed at a time, at least 1.
  /// - Returns: What came of each one that there was something to do for.
  /// - Throws: ``TokenRotationError`` with the code `storeFailed` if the store cannot be paged through, `CancellationError`.
  @discardableResult
  public func resumeAllRotations(concurrency: Int = 8) async throws -> [ProviderID: Result<Void, any Error>] {
    try await instruments.observe(.resumeAll) {
      try await forEachProvider(
        concurrency: concurrency, where: { $0.rotation.phase != .idle || !$0.rotation.givenUp.isEmpty }
      ) { [self] id in _ = try await resumeRotation(of: id) }
    }
  }
}

extension TokenRotationError {
  /// What is told of a record that a store could not read on the way through all of them.
  static var unreadableRecord: TokenRotationError {
    TokenRotationError(.recordUnreadable, "The record is damaged, or a newer release wrote it. Look at it.")
  }
}

extension RotationState {
  /// What resuming finishes: what was begun and no more.
  fileprivate var resumedGoal: RotationMachine.Goal {
    switch goal {
    case .create: .create
    case .abandon: .abandon
    case .delete: .delete
    case .rotate, .resume, .update, nil: .resume
    }
  }
}
