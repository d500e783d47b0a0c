import ArgumentParser
import ExampleSupport
import TokenRotation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Plays Twilio: for each line of JSON on standard input, a line with its signature.
struct Sign: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sign webhooks, a line of JSON on standard input for each.",
    discussion: """
      {"token": "…", "url": "https://…", "parameters": [["Digits", "1234"]]} gives the signature of a form, without \
      parameters that of a GET. With "body" instead, bodySHA256 is appended to the address, and the line holds the \
      signature and the address.
      """)

  private struct Webhook: Decodable {
    let token: String
    let url: String
    let parameters: [[String]]?
    let body: String?
  }

  func run() throws {
    while let line = readLine() {
      let webhook = try JSONDecoder().decode(Webhook.self, from: Data(line.utf8))
      let token = try AuthToken(issued: webhook.token.utf8)
      guard let body = webhook.body else {
        let parameters = try (webhook.parameters ?? []).map { pair in
          guard pair.count == 2 else { throw ValidationError("A parameter is a name and a value.") }
          return (name: pair[0], value: pair[1])
        }
        Terminal.print(try WebhookSignature.sign(url: webhook.url, parameters: parameters, with: token))
        continue
      }
      let digest = try WebhookSignature.digest(of: Array(body.utf8))
      let url = webhook.url + (webhook.url.contains("?") ? "&" : "?") + "bodySHA256=" + digest
      Terminal.print("\(try WebhookSignature.sign(url: url, with: token)) \(url)")
    }
  }
}
