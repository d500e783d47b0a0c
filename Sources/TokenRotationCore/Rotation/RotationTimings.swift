/// How long the waits of a rotation are.
///
/// The defaults are right for production. They are long, because they only matter when something went wrong: a rotation
/// that nothing disturbs waits for ``readersRefresh`` alone.
public struct RotationTimings: Hashable, Sendable {
  /// How long one request to Twilio may take, 15 seconds by default.
  public let requestDeadline: Duration
  /// How long after its deadline a call may still take effect, 30 seconds by default.
  ///
  /// Twilio gives up on a request after about 30 seconds.
  public let lateCalls: Duration
  /// How long Twilio may take until all of its nodes know a change, one minute by default.
  ///
  /// The only figure that Twilio documents, for Functions that hold the token as a literal. A refusal that decides
  /// something is believed only if it is repeated after this time.
  public let propagation: Duration
  /// How long a worker holds a record without a sign of life, three minutes by default.
  ///
  /// Whoever takes over from a worker that is gone waits for so long on its own clock.
  public let lease: Duration
  /// How long readers in other processes may go on without looking at the record, 30 seconds by default.
  ///
  /// Between storing a new token and promoting it, a rotation waits for so long, so that everybody has it before it is
  /// the only one.
  public let readersRefresh: Duration

  /// Makes timings; see the properties for what they mean and for the defaults.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/configurationInvalid`` for timings with which
  ///   a rotation could lose a token, or could never go on.
  public init(
    requestDeadline: Duration = .seconds(15),
    lateCalls: Duration = .seconds(30),
    propagation: Duration = .seconds(60),
    lease: Duration = .seconds(180),
    readersRefresh: Duration = .seconds(30)
  ) throws(TokenRotationError) {
    self.init(
      unchecked: requestDeadline, lateCalls: lateCalls, propagation: propagation, lease: lease,
      readersRefresh: readersRefresh)
    try check()
  }

  private init(
    unchecked requestDeadline: Duration, lateCalls: Duration, propagation: Duration, lease: Duration,
    readersRefresh: Duration
  ) {
    self.requestDeadline = requestDeadline
    self.lateCalls = lateCalls
    self.propagation = propagation
    self.lease = lease
    self.readersRefresh = readersRefresh
  }

  /// The defaults: right for Twilio.
  public static let standard = RotationTimings(
    unchecked: .seconds(15), lateCalls: .seconds(30), propagation: .seconds(60), lease: .seconds(180),
    readersRefresh: .seconds(30))

  /// For trying things out against a simulator: nothing takes longer than half a second.
  ///
  /// Never for Twilio itself, which may answer or act later than these timings allow for.
  public static let fast = RotationTimings(
    unchecked: .milliseconds(300), lateCalls: .milliseconds(100), propagation: .milliseconds(100),
    lease: .milliseconds(500), readersRefresh: .milliseconds(50))

  /// How long after it was sent a call may take effect.
  var callWindow: Duration { requestDeadline + lateCalls }

  private func check() throws(TokenRotationError) {
    guard requestDeadline > .zero, lateCalls >= .zero, propagation >= .zero, readersRefresh >= .zero else {
      throw TokenRotationError(
        .configurationInvalid,
        "A duration in `RotationTimings` is negative, or the request deadline is zero. Set a positive one.")
    }
    guard lease >= callWindow * 5 / 4 else {
      throw TokenRotationError(
        .configurationInvalid,
        "The lease in `RotationTimings` has to be a quarter longer than `requestDeadline` and `lateCalls` together: a "
          + "call must be over before another worker may take over. Set a longer lease.")
    }
    guard lease <= .seconds(86_400), propagation <= .seconds(86_400), readersRefresh <= .seconds(86_400) else {
      throw TokenRotationError(
        .configurationInvalid, "A duration in `RotationTimings` is longer than a day. Set a shorter one.")
    }
  }
}
