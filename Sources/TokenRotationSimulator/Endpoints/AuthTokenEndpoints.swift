import HTTPTypes
import TokenRotationCore

/// `/v1/AuthTokens`: create, delete and promote the secondary token of the account that authenticates.
enum AuthTokenEndpoints {
  static let routes = [
    route(.createSecondary, .post, secondaryPath, create),
    route(.deleteSecondary, .delete, secondaryPath, delete),
    route(.promoteSecondary, .post, promotePath, promote),
  ]

  private static let secondaryPath = "/v1/AuthTokens/Secondary"
  private static let promotePath = "/v1/AuthTokens/Promote"

  @Sendable private static func create(_ state: inout SimulatorState, _ call: Call) throws(SimulatedError) -> Answer {
    guard try account(state, call).secondary == nil else { throw SimulatedError.secondaryExists }
    guard let token = try? state.issueToken() else { throw SimulatedError.serverError }
    state.change(call.caller.key, at: call.moment) {
      $0.secondary = token
      $0.mutations.created += 1
    }
    return answer(201, "secondary_auth_token", token, secondaryPath, for: state.entries[call.caller.key])
  }

  @Sendable private static func delete(_ state: inout SimulatorState, _ call: Call) throws(SimulatedError) -> Answer {
    guard try account(state, call).secondary != nil else { throw SimulatedError.notFound(call.path) }
    state.change(call.caller.key, at: call.moment) {
      $0.secondary = nil
      $0.mutations.deleted += 1
    }
    return Answer(status: 204, fields: [])
  }

  @Sendable private static func promote(_ state: inout SimulatorState, _ call: Call) throws(SimulatedError) -> Answer {
    guard let secondary = try account(state, call).secondary else { throw SimulatedError.notFound(call.path) }
    switch (state.settings.promotionCaller, call.caller.role) {
    case (.primaryOnly, .secondary), (.secondaryOnly, .primary): throw SimulatedError.insufficientPrivileges
    default: break
    }
    state.change(call.caller.key, at: call.moment) {
      $0.primary = secondary
      $0.secondary = nil
      $0.mutations.promoted += 1
    }
    return answer(200, "auth_token", secondary, promotePath, for: state.entries[call.caller.key])
  }

  private static func route(
    _ endpoint: TwilioSimulator.Endpoint, _ method: HTTPRequest.Method, _ path: String,
    _ handler: @escaping Route.Handler
  ) -> Route {
    Route(endpoint: endpoint, method: method, product: .accounts, path: PathPattern(path), handle: handler)
  }

  /// The account that authenticates.
  ///
  /// - Throws: 404 if it may not use these calls, in the same words as for a secondary that is not there.
  private static func account(_ state: SimulatorState, _ call: Call) throws(SimulatedError) -> SimulatedAccount {
    guard let account = state.entries[call.caller.key]?.account, account.hasAuthTokensAPI else {
      throw SimulatedError.notFound(call.path)
    }
    return account
  }

  private static func answer(
    _ status: Int, _ tokenField: String, _ token: AuthToken, _ path: String, for entry: AccountEntry?
  ) -> Answer {
    Answer(
      status: status,
      fields: [
        ("account_sid", .optional(entry?.account.sid.description)),
        (tokenField, .token(token)),
        ("date_created", .optional(entry.map { TwilioDates.iso8601($0.secondaryCreated) })),
        ("date_updated", .optional(entry.map { TwilioDates.iso8601($0.updated) })),
        ("url", .optional(entry.map { "https://\($0.account.region.host(for: .accounts))\(path)" })),
      ])
  }
}
