/// How tokens are read while they may be rotated, each setting with a default that is right for production.
///
/// How old a token in memory may become without a look at its record is said by ``RotationTimings/readersRefresh``, since
/// rotations wait for it.
public struct SessionSettings: Sendable {
  /// How long a token that was replaced is kept in memory and still tried and accepted, one minute by default.
  ///
  /// Requests and webhooks are in flight while a rotation ends, and nodes of Twilio's may be behind for as long as
  /// ``RotationTimings/propagation`` says. It is forgotten with the process.
  public var settlePeriod: Duration
  /// How long calls fail at once after Twilio refused every token that is held for a provider, one minute by default.
  ///
  /// Then one call asks again. Twilio locks accounts out that fail too often (70005). A changed token ends it sooner.
  public var refusalBackoff: Duration
  /// How long tokens are used without a look at their record while the store cannot be read, one hour by default.
  public var staleLimit: Duration
  /// How many providers' tokens are in memory at most, 10,000 by default; of those, the half not used for longest goes
  /// when room is needed.
  public var providerLimit: Int
  /// How many records are read from the store at once, 8 by default, however many providers change at the same time.
  public var concurrentReads: Int
  /// How long it is remembered which providers an account has, or that it has none, one minute by default.
  public var accountMemory: Duration
  /// For how many accounts that is remembered at most, 10,000 by default.
  public var accountLimit: Int

  let random: @Sendable () -> Double

  /// Makes settings; see the properties for what they mean.
  ///
  /// What is negative counts as zero, or as one for a number.
  ///
  /// - Parameters:
  ///   - settlePeriod: How long a replaced token is kept.
  ///   - refusalBackoff: How long calls fail at once after every token was refused.
  ///   - staleLimit: How long tokens are used while the store is down.
  ///   - providerLimit: How many providers' tokens are kept in memory.
  ///   - concurrentReads: How many records are read at once.
  ///   - accountMemory: How long an account's providers are remembered.
  ///   - accountLimit: For how many accounts.
  ///   - random: Gives numbers from 0 up to 1, by which readers that started together look again at different times; for
  ///     tests.
  public init(
    settlePeriod: Duration = .seconds(60),
    refusalBackoff: Duration = .seconds(60),
    staleLimit: Duration = .seconds(3600),
    providerLimit: Int = 10_000,
    concurrentReads: Int = 8,
    accountMemory: Duration = .seconds(60),
    accountLimit: Int = 10_000,
    random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) {
    self.settlePeriod = max(.zero, settlePeriod)
    self.refusalBackoff = max(.zero, refusalBackoff)
    self.staleLimit = max(.zero, staleLimit)
    self.providerLimit = max(1, providerLimit)
    self.concurrentReads = max(1, concurrentReads)
    self.accountMemory = max(.zero, accountMemory)
    self.accountLimit = max(1, accountLimit)
    self.random = random
  }
}
