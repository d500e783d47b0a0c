import AsyncHTTPClient

/// A tiny host: asks the server that it is told a thousand times for an account.
@main
enum Host {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let (server, accountSID, token) = (arguments[1], arguments[2], arguments[3])
    var request = HTTPClientRequest(url: "\(server)/2010-04-01/Accounts/\(accountSID).json")
    request.setBasicAuth(username: accountSID, password: token)
    for _ in 0..<1000 {
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(15))
      precondition(response.status == .ok)
      _ = try await response.body.collect(upTo: 1_048_576)
    }
  }
}
