import HTTPTypes
import TokenRotationCore
import TokenRotationSimulator

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a person at Twilio's Console sees of an account: its tokens as they are.
enum SimulatedConsole {
  private struct Account: Codable {
    var primary: String
    var secondary: String?

    init(_ account: SimulatedAccount) {
      primary = Self.text(account.primary)
      secondary = account.secondary.map(Self.text)
    }

    private static func text(_ token: AuthToken) -> String {
      token.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
  }

  static func answer(_ request: TransportRequest, from simulator: TwilioSimulator) -> TransportResponse {
    let parts = (request.head.path ?? "").split(separator: "/")
    guard parts.count == 2, parts[0] == "accounts", let sid = try? AccountSID(String(parts[1])) else {
      return answer(404)
    }
    switch request.head.method {
    case .get:
      break
    case .put:
      guard let made = try? JSONDecoder().decode(Account.self, from: Data(request.body)),
        let primary = try? AuthToken(issued: made.primary.utf8)
      else { return answer(400) }
      simulator.add(SimulatedAccount(sid: sid, primary: primary))
    default:
      return answer(405)
    }
    guard let account = simulator.account(sid), let body = try? JSONEncoder().encode(Account(account)) else {
      return answer(404)
    }
    var response = answer(200)
    response.head.headerFields[.contentType] = "application/json"
    response.body = Array(body)
    return response
  }

  private static func answer(_ status: Int) -> TransportResponse {
    TransportResponse(head: HTTPResponse(status: .init(code: status)))
  }
}
