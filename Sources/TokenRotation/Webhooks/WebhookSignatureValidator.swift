public import TokenRotationCore
import TokenRotationOpenSSL

/// Tells webhooks that Twilio signed from everything else, also while a token is being rotated.
///
/// Twilio signs with the account's primary token, and changes over at the moment of a promotion; webhooks that are under
/// way then are still signed with the one before. So a webhook is tried with the current token, the candidate of a
/// rotation and the previous token, with each of them whichever fits, and in every spelling of its address. Codes are
/// compared in a time that does not depend on them.
///
/// ```swift
/// let validator = WebhookSignatureValidator(
///   providers: providers, address: try .base("https://voice.example.com"))
/// switch try await validator.validate(WebhookRequest(head: request, body: [])) {
/// case .accepted(let webhook): print(webhook.providerID)
/// case .refused(let refusal): print(refusal.code)
/// }
/// ```
///
/// Safe to share between any number of tasks.
public struct WebhookSignatureValidator: Sendable {
  /// How much of a webhook is looked at.
  public let limits: WebhookLimits

  private let tokens: any WebhookTokens
  private let address: WebhookAddress
  private let instruments: WebhookInstruments

  /// Makes a validator for a host's providers.
  ///
  /// - Parameters:
  ///   - providers: Whose webhooks are expected. Their configuration says where log lines and metrics go.
  ///   - address: How the address is found that Twilio called.
  ///   - limits: How much of a webhook is looked at.
  public init(providers: TwilioProviders, address: WebhookAddress, limits: WebhookLimits = .init()) {
    self.init(tokens: providers, address: address, limits: limits, configuration: providers.configuration)
  }

  package init(
    tokens: any WebhookTokens, address: WebhookAddress, limits: WebhookLimits = .init(),
    configuration: TokenRotationConfiguration = .init()
  ) {
    self.limits = limits
    self.tokens = tokens
    self.address = address
    instruments = WebhookInstruments(configuration)
  }

  /// Gives a verdict on a webhook.
  ///
  /// What is wrong with a webhook is a refusal, however odd it is. An error says that no verdict could be reached: answer
  /// the request with a 5xx then, so that Twilio can try again or fall back.
  ///
  /// - Parameters:
  ///   - request: The webhook as it was received.
  ///   - provider: Whose webhook it has to be; nil to find the provider by the account that the webhook names, in
  ///     `AccountSid`. A subaccount's webhooks name the subaccount and are signed with its token, so it has to be a
  ///     provider of its own.
  /// - Throws: ``TokenRotationError`` if the tokens could not be read, for example with the code
  ///   ``TokenRotationError/Code/storeFailed``; `CancellationError`.
  public func validate(_ request: WebhookRequest, of provider: ProviderID? = nil) async throws -> WebhookVerdict {
    do {
      let fields = try WebhookFields(request.head)
      let message = try WebhookMessage(request, fields, address: address, limits: limits)
      var found: AcceptedWebhook?
      if let provider, let tokens = tokens.tokensForWebhooksInMemory(of: provider) {
        try Self.look(for: fields.signature, on: message, by: tokens, of: provider, &found)
      } else {
        found = try await search(request, fields.signature, message, provider)
      }
      guard let found else { throw Self.mismatch }
      instruments.accept(found)
      return .accepted(found)
    } catch let refusal as WebhookRefusal {
      instruments.refuse(refusal, of: provider)
      return .refused(refusal)
    } catch {
      instruments.fail(error, of: provider)
      throw error
    }
  }

  private static var mismatch: WebhookRefusal {
    WebhookRefusal(
      .signatureMismatch,
      "None of the provider's tokens gives this signature. If it is Twilio's, compare the address set up at Twilio with "
        + "the one that this host takes for it, or update the token.")
  }

  private func search(
    _ request: WebhookRequest, _ signature: HMACSHA1.Code, _ message: WebhookMessage, _ provider: ProviderID?
  ) async throws -> AcceptedWebhook? {
    var found: AcceptedWebhook?
    if let provider {
      guard let tokens = try await tokens(of: provider) else {
        throw WebhookRefusal(.providerUnknown, "There is no provider by the id that the webhook was said to be for.")
      }
      try Self.look(for: signature, on: message, by: tokens, of: provider, &found)
      return found
    }
    let account = try message.claimedAccount(request.body)
    let providers = try await tokens.providerIDs(ofAccount: account)
    guard !providers.isEmpty else {
      throw WebhookRefusal(
        .accountUnknown, "The webhook names an account that no provider has. A subaccount has to be registered itself.")
    }
    for provider in providers {
      let tokens = try await tokens(of: provider) ?? []
      try Self.look(for: signature, on: message, by: tokens, of: provider, &found)
    }
    return found
  }

  /// Nil if there is no such provider.
  private func tokens(of provider: ProviderID) async throws -> [WebhookToken]? {
    if let tokens = tokens.tokensForWebhooksInMemory(of: provider) { return tokens }
    do {
      return try await tokens.tokensForWebhooks(of: provider)
    } catch let error as TokenRotationError where error.code == .providerNotFound {
      return nil
    }
  }

  private static func look(
    for signature: HMACSHA1.Code, on message: WebhookMessage, by tokens: [WebhookToken], of provider: ProviderID,
    _ found: inout AcceptedWebhook?
  ) throws {
    for token in tokens where try message.isSigned(with: token, signature) && found == nil {
      found = AcceptedWebhook(providerID: provider, token: token.role)
    }
  }
}

extension WebhookSignatureValidator: CustomStringConvertible, CustomReflectable {
  /// How the address is found.
  public var description: String { "<webhook validator, address \(address)>" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
