public import ArgumentParser
public import TokenRotationCore

/// `--timings`, which every example has.
public struct TimingsOption: ParsableArguments {
  /// The presets to choose from.
  public enum Preset: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// What is right for Twilio.
    case standard
    /// For a simulated Twilio: nothing takes longer than half a second.
    case fast

    /// The timings that it stands for.
    public var timings: RotationTimings {
      switch self {
      case .standard: .standard
      case .fast: .fast
      }
    }
  }

  /// Which timings; nil for the example's own choice.
  @Option(
    name: .customLong("timings"),
    help: "How long requests, waits and leases are: standard, as is right for Twilio, or fast, for trying things out.")
  public var preset: Preset?

  /// Makes the option unset.
  public init() {}
}
