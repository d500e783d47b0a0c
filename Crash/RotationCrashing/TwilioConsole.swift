import Foundation
import HTTPTypes
import TokenRotation

/// What a person sees at the simulator's Console: the truth, on which no word of the library's has any influence.
struct TwilioConsole: Sendable {
  /// An account's tokens as they are.
  struct Account: Codable, Sendable {
    var primary: String
    var secondary: String?

    func accepts(_ token: AuthToken) -> Bool {
      token.equals(primary) || (secondary.map { token.equals($0) } ?? false)
    }
  }

  private let url: String
  private let transport: CurlTransport

  init(_ url: String) throws {
    self.url = url
    transport = try CurlTransport()
  }

  func account(_ sid: AccountSID) async throws -> Account {
    try await send(.get, sid)
  }

  /// Makes an account.
  func open(_ sid: AccountSID, primary: String) async throws {
    _ = try await send(.put, sid, try JSONEncoder().encode(Account(primary: primary)))
  }

  private func send(_ method: HTTPRequest.Method, _ sid: AccountSID, _ body: Data = Data()) async throws -> Account {
    let parts = url.split(separator: "/")
    let response = try await transport.send(
      TransportRequest(
        head: HTTPRequest(
          method: method, scheme: "http", authority: String(parts.last ?? ""), path: "/accounts/\(sid)"),
        body: Array(body), deadline: .seconds(10), mayBeSentAgain: true))
    guard response.head.status == .ok else {
      throw CrashFailure("The Console answers \(response.head.status.code) for an account.")
    }
    return try JSONDecoder().decode(Account.self, from: Data(response.body))
  }
}
