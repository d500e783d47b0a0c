import Foundation
import TokenRotation

/// Time that stands still, so that two simulators give the same dates.
struct StandingTime: TimeSource {
  let uptime = Duration.zero
  let date = Date(timeIntervalSince1970: 1_438_286_400)

  func sleep(for duration: Duration) async throws { try Task.checkCancellation() }
}
