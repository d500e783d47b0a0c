extension TwilioProviders {
  /// Moves every stored token to the sealing key, while everything else goes on.
  ///
  /// For the second phase of rolling a key: once every process seals with the new one, call it from any of them.
  /// Each record is replaced by one compare-and-swap, after what was sealed anew has been opened and compared. A provider
  /// whose rotation a worker holds is come back to when the worker is through.
  ///
  /// Where it stands is kept nowhere but in the records: cut short by a crash, an error or cancellation, it is called
  /// again and does what is left. ``checkUnused(_:)`` tells whether the old key may go.
  ///
  /// - Parameters:
  ///   - concurrency: How many records are worked on at a time, at least 1.
  ///   - progress: Is told how far it has come, now and then; the job waits for it.
  /// - Returns: What came of it. One provider's failure does not keep it from the others.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keysNotNamed`` if the cipher is no
  ///   ``KeyNamingTokenCipher``, or `storeFailed` if the store cannot be paged through; `CancellationError`. Every token
  ///   is then as it was, or moved.
  @discardableResult
  public func rewrapTokens(
    concurrency: Int = 8, progress: @Sendable (RewrapProgress) -> Void = { _ in }
  ) async throws -> RewrapProgress {
    try await instruments.observe(.rewrap) {
      var job = RewrapJob(
        rewrapping: Rewrapping(providers: self, cipher: try keyNamingCipher()), concurrency: max(1, concurrency))
      try await job.run(telling: progress)
      return job.progress
    }
  }
}
