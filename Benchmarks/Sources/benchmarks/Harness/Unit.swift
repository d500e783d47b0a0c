import Foundation

/// What a figure counts.
enum Unit {
  /// Operations per second: more is better.
  case rate
  /// Time for one operation: less is better.
  case time
  /// Memory at its peak, which the workload measures by itself: less is better.
  case memory

  /// The figure of `count` operations that took `duration`.
  func figure(_ count: Int, in duration: Duration) -> Double {
    let seconds = duration / .seconds(1)
    return self == .time ? seconds / Double(count) : Double(count) / seconds
  }

  func text(_ figure: Double) -> String {
    switch self {
    case .rate: String(format: "%.0f/s", figure)
    case .memory: String(format: "%.1fMB", figure / 1e6)
    case .time where figure >= 1: String(format: "%.1fs", figure)
    case .time where figure >= 0.001: String(format: "%.1fms", figure * 1e3)
    case .time: String(format: "%.0fns", figure * 1e9)
    }
  }
}
