import HTTPTypes
import TokenRotationCore

// What each endpoint does.
extension ProviderEndpoints {
  func perform(_ call: EndpointCall, on id: ProviderID) async throws -> TransportResponse {
    if call.action != .register, call.action != .updateAuthToken { try call.requireNoFields() }
    do {
      switch call.action {
      case .register: return try await register(call, as: id)
      case .read, .list: return .provider(.ok, try await providers.stored(id))
      case .updateAuthToken: return try await update(call, id)
      case .verify:
        try await require(call.precondition, of: id)
        return .document(.ok, VerificationDocument(try await providers.verify(id)))
      case .remove:
        try await providers.remove(id, where: call.precondition.allows)
        return .done
      case .explainRotation:
        return .document(.ok, RotationDocument(explanation: try await providers.explainRotation(of: id)))
      case .rotate, .promoteSecondary, .createSecondary, .deleteSecondary:
        try await require(call.precondition, of: id)
        return await run(call.action, on: id)
      }
    } catch let error as TokenRotationError where error.code == .storeConflict && call.precondition.isGiven {
      throw EndpointProblem.preconditionFailed
    } catch {
      throw EndpointProblem(error, lookAt: EndpointRoute.provider(id))
    }
  }

  /// Lists what `isVisible`, and nothing by which to tell what else there is: not even where a page ends.
  func list(
    _ call: EndpointCall, where isVisible: (ProviderID) async throws -> Bool
  ) async throws -> TransportResponse {
    try call.requireNoFields()
    let limit = try limit(call.query["limit"])
    var last = try call.query["after"].map { try ProviderID($0) }
    var found: [TwilioProvider] = []
    repeat {
      let page = try await providers.providers(after: last, limit: 200)
      for provider in page.providers where try await isVisible(provider.id) {
        guard found.count < limit else {
          return .document(.ok, ProviderListDocument(providers: found, next: found.last?.id))
        }
        found.append(provider)
      }
      last = page.next
    } while last != nil
    return .document(.ok, ProviderListDocument(providers: found, next: nil))
  }

  private func limit(_ text: String?) throws -> Int {
    guard let text else { return 50 }
    guard let limit = Int(text), (1...200).contains(limit), String(limit) == text else {
      throw EndpointProblem.parameterMalformed("limit", "a number from 1 to 200")
    }
    return limit
  }

  private func register(_ call: EndpointCall, as id: ProviderID) async throws -> TransportResponse {
    let body = try EndpointBody(
      call.request, call.body, known: ["accountSid", "authToken", "name", "region", "supportsCallTransfer"])
    let accountSID = try AccountSID(body.string("accountSid"))
    let token = try AuthToken(parsing: body.string("authToken"))
    let details = ProviderDetails(
      name: try body.string("name"), supportsCallTransfer: try body.optionalBool("supportsCallTransfer") ?? false)
    let region = try body.optionalString("region").map { try TwilioRegion($0) } ?? .us1
    let stored = try await providers.registered(
      id: id, accountSID: accountSID, authToken: token, details: details, region: region)
    var response = TransportResponse.provider(.created, stored)
    response.head.headerFields[.location] = EndpointRoute.provider(id)
    return response
  }

  private func update(_ call: EndpointCall, _ id: ProviderID) async throws -> TransportResponse {
    let body = try EndpointBody(call.request, call.body, known: ["authToken"])
    let token = try AuthToken(parsing: body.string("authToken"))
    return .provider(.ok, try await providers.updated(id, to: token, where: call.precondition.allows))
  }

  private func require(_ precondition: EndpointPrecondition, of id: ProviderID) async throws {
    guard precondition.isGiven else { return }
    guard precondition.allows(try await providers.stored(id).revision) else {
      throw EndpointProblem.preconditionFailed
    }
  }

  // MARK: What may take long

  private func run(_ action: EndpointAction, on id: ProviderID) async -> TransportResponse {
    let key = RotationRuns.Key(action: action, provider: id)
    let response = await runs.run(key, within: answersWithin, timeSource) { [providers] in
      do {
        return try await Self.rotate(action, id, providers)
      } catch let error as TokenRotationError where error.code == .rotationInProgress && action == .rotate {
        // Held by another process, or for another request: a rotation under way is the one that was asked for.
        return await Self.isBeingRotated(id, providers)
          ? Self.underWay(id) : EndpointProblem(error, lookAt: EndpointRoute.rotation(id)).response
      } catch {
        return EndpointProblem(error, lookAt: EndpointRoute.rotation(id)).response
      }
    }
    return response ?? Self.underWay(id)
  }

  private static func rotate(
    _ action: EndpointAction, _ id: ProviderID, _ providers: TwilioProviders
  ) async throws -> TransportResponse {
    switch action {
    case .promoteSecondary:
      return .document(.ok, AuthTokenDocument(try await providers.promoteSecondaryToken(of: id)))
    case .createSecondary:
      return .document(.created, AuthTokenDocument(try await providers.createSecondaryToken(of: id)))
    case .deleteSecondary:
      try await providers.deleteSecondaryToken(of: id)
      return .done
    default:
      return .provider(.ok, try await providers.rotated(id))
    }
  }

  private static func isBeingRotated(_ id: ProviderID, _ providers: TwilioProviders) async -> Bool {
    let goal = (try? await providers.stored(id))?.record.rotation.goal
    return goal == .rotate
  }

  /// 202, and where to look.
  private static func underWay(_ id: ProviderID) -> TransportResponse {
    var response = TransportResponse.document(
      .accepted, UnderWayDocument(id: id, rotation: EndpointRoute.rotation(id)))
    response.head.headerFields[.location] = EndpointRoute.rotation(id)
    response.head.headerFields[.retryAfter] = "2"
    return response
  }
}

extension EndpointPrecondition {
  /// Whether it can fail.
  var isGiven: Bool {
    if case .tags = self { true } else { false }
  }
}
