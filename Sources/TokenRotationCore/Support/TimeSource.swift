#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Where the library gets its time from: the date for what it records, a monotonic reading for what it measures, and a
/// pause for what it waits for.
///
/// Hosts use ``SystemTimeSource``. Tests pass a virtual one, in which a wait of a minute takes no time.
public protocol TimeSource: Sendable {
  /// The date, for records and logs; never used to measure or to order.
  var date: Date { get }

  /// The time since some fixed moment. It never goes backwards, whatever happens to the date.
  var uptime: Duration { get }

  /// Returns after `duration`.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  func sleep(for duration: Duration) async throws
}

/// The machine's own clocks.
public struct SystemTimeSource: TimeSource {
  private static let start = ContinuousClock.now

  /// Makes the default time source.
  public init() {}

  /// The wall clock's date.
  public var date: Date { Date() }

  /// The time since first use, on a clock that goes on while the machine sleeps.
  public var uptime: Duration { Self.start.duration(to: .now) }

  /// Sleeps on the same clock.
  public func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, clock: .continuous)
  }
}
