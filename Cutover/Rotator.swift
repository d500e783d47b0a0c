import TokenRotation

/// Rotates one account, again and again.
struct Rotator {
  let providers: TwilioProviders
  let id: ProviderID
  let twilio: RotatingTwilio
  let options: Options

  /// - Returns: How many rotations there were.
  func run() async throws -> Int {
    var problems = 0
    while twilio.promotions < options.rotations || twilio.answered < options.calls {
      do {
        try await providers.rotateAuthToken(of: id)
      } catch let error as TokenRotationError {
        problems += 1
        guard problems <= 10 + options.rotations / 10 else { throw error }
        print("rotation: \(error)")
        // Somebody has to go on, and nobody else is there.
        while (try? await providers.resumeRotation(of: id)) == nil {
          try await Task.sleep(for: .milliseconds(options.refresh))
        }
      }
    }
    // The last webhooks of the last token are on their way still.
    try await Task.sleep(for: .milliseconds(options.refresh))
    return twilio.promotions
  }
}
