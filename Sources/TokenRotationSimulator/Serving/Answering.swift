import HTTPTypes
import TokenRotationCore

extension SimulatorState {
  /// Routes, authenticates, performs and answers a request.
  mutating func answer(_ request: TransportRequest, at node: NodeLag?, moment: Moment) -> TransportResponse {
    let lag = node ?? takeNode()
    do throws(SimulatedError) {
      let (answer, endpoint) = try serve(request, lag: lag, moment: moment)
      return respond(answer, to: endpoint)
    } catch {
      return respond(error)
    }
  }

  private mutating func serve(
    _ request: TransportRequest, lag: NodeLag, moment: Moment
  ) throws(SimulatedError) -> (Answer, TwilioSimulator.Endpoint) {
    let target = request.head.path ?? "/"
    let path = String(target.prefix { $0 != "?" })
    guard
      let address = Address(authority: request.head.authority ?? "", loopbackRegion: settings.loopbackRegion)
    else { throw SimulatedError.notFound(path) }
    let (route, parameters) = try Router.route(request.head.method, path, at: address)
    requestCounts[route.endpoint, default: 0] += 1

    let planned = takePlannedAnswer(to: route.endpoint)
    if let planned, !planned.afterwards { throw planned.error }
    try limits.admit(request.username, settings.rateLimit, at: moment.uptime)
    let caller = try authenticate(request.credentials, at: address, lag: lag, moment: moment)
    if let refusal = entries[caller.key]?.account.refusal { throw refusal }
    let answer = try route.handle(
      &self,
      Call(
        endpoint: route.endpoint, path: path, query: Call.query(target), parameters: parameters, caller: caller,
        lag: lag, moment: moment))
    if let planned { throw planned.error }
    return (answer, route.endpoint)
  }

  private mutating func respond(_ answer: Answer, to endpoint: TwilioSimulator.Endpoint) -> TransportResponse {
    var head = commonHead(status: answer.status)
    guard answer.status != 204 else { return TransportResponse(head: head) }
    head.headerFields[.contentType] = "application/json"
    let overrides = settings.fieldOverrides[endpoint] ?? [:]
    let fields = answer.fields.compactMap { field -> (name: String, value: JSONText)? in
      switch overrides[field.name] {
      case nil: field
      case .null: (field.name, .null)
      case .missing: nil
      }
    }
    return TransportResponse(head: head, body: JSONText.object(fields).bytes)
  }

  private mutating func respond(_ error: SimulatedError) -> TransportResponse {
    var head = commonHead(status: error.status)
    if error.status == 401 { head.headerFields[.wwwAuthenticate] = #"Basic realm="Twilio API""# }
    if let seconds = error.retryAfterSeconds { head.headerFields[.retryAfter] = String(seconds) }
    let documentation = error.code.map { "https://www.twilio.com/docs/errors/\($0)" }
    var fields: [(name: String, value: JSONText)] = []
    switch settings.errorShape {
    case .classic:
      head.headerFields[.contentType] = "application/json"
      if let code = error.code { fields.append(("code", .integer(code))) }
      fields.append(("message", .string(error.message)))
      if let documentation { fields.append(("more_info", .string(documentation))) }
      fields.append(("status", .integer(error.status)))
    case .problemDocument:
      head.headerFields[.contentType] = "application/problem+json"
      fields.append(("type", .string(documentation ?? "about:blank")))
      // The one sentence that there is serves as both; clients look for a title.
      fields.append(("title", .string(error.message)))
      fields.append(("status", .integer(error.status)))
      fields.append(("detail", .string(error.message)))
      if let code = error.code { fields.append(("code", .integer(code))) }
    }
    return TransportResponse(head: head, body: JSONText.object(fields).bytes)
  }

  private mutating func commonHead(status: Int) -> HTTPResponse {
    var head = HTTPResponse(status: .init(code: status))
    head.headerFields[.requestID] = "RQ" + String(decoding: requestIDs.hexadecimal(32), as: UTF8.self)
    head.headerFields[.requestDuration] = "0.0" + String(Int.random(in: 10...99, using: &requestIDs))
    // One request is served at a time.
    head.headerFields[.concurrentRequests] = "1"
    return head
  }
}

extension TransportRequest {
  /// What requests are counted by: one user name for all that cannot be an account's, so that the count stays small.
  fileprivate var username: String {
    credentials.flatMap { try? AccountSID($0.username) }?.canonical ?? ""
  }
}

extension HTTPField.Name {
  fileprivate static let requestID = twilio("Twilio-Request-Id")
  fileprivate static let requestDuration = twilio("Twilio-Request-Duration")
  fileprivate static let concurrentRequests = twilio("Twilio-Concurrent-Requests")

  /// The name is a valid one, so the fallback is never used; the initializer cannot know.
  private static func twilio(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .server }
}
