import ArgumentParser

@main
struct WebhookReceiverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webhook-receiver",
    abstract: "Takes webhooks, lets those through that Twilio signed, and says why it refused the others.",
    subcommands: [Receive.self, Sign.self], defaultSubcommand: Receive.self)
}
