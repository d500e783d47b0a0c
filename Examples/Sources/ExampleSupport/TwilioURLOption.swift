public import ArgumentParser

/// `--twilio-url`, which every example that calls Twilio has.
public struct TwilioURLOption: ParsableArguments {
  /// Where all calls to Twilio go instead; nil for Twilio itself.
  @Option(
    name: .customLong("twilio-url"),
    help: ArgumentHelp(
      "Send all calls for Twilio to this address: its scheme and authority replace Twilio's, the path stays.",
      valueName: "url"))
  public var url: String?

  /// Makes the option unset.
  public init() {}
}
