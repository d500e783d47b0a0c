import Testing
import TokenRotation

/// What Twilio's own libraries are tested with: an address, parameters, and the signature with the token `12345`.
struct WebhookVector: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var base = "https://mycompany.com"
  var path = "/myapp.php?foo=1&bar=2"
  var parameters: [(name: String, value: String)] = []
  var json: String?
  let signature: String

  static let usual = [
    (name: "CallSid", value: "CA1234567890ABCDE"), (name: "Caller", value: "+14158675309"),
    (name: "Digits", value: "1234"), (name: "From", value: "+14158675309"), (name: "To", value: "+18005551212"),
  ]

  static let all = [
    Self(testDescription: "a form", parameters: usual, signature: "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    Self(
      testDescription: "signed with :443", parameters: usual, signature: "kvajT1Ptam85bY51eRf/AJRuM3w="),
    Self(
      testDescription: "set up with :443, signed with it", base: "https://mycompany.com:443", parameters: usual,
      signature: "kvajT1Ptam85bY51eRf/AJRuM3w="),
    Self(
      testDescription: "set up with :443, signed without it", base: "https://mycompany.com:443", parameters: usual,
      signature: "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    Self(
      testDescription: "signed with :1234", base: "https://mycompany.com:1234", parameters: usual,
      signature: "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
    Self(
      testDescription: "set up with :1234, signed without it", base: "https://mycompany.com:1234", parameters: usual,
      signature: "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    Self(
      testDescription: "a repeated parameter",
      parameters: [
        (name: "Sid", value: "CA123"), (name: "SidAccount", value: "AC123"), (name: "Digits", value: "5678"),
        (name: "Digits", value: "1234"), (name: "Digits", value: "1234"),
      ], signature: "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    Self(
      testDescription: "a body in JSON",
      path: "/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
      json: #"{"property": "value", "boolean": true}"#, signature: "a9nBmqA0ju/hNViExpshrM61xv4="),
    Self(testDescription: "no parameters", signature: "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
    Self(
      testDescription: "percent-encoding in the query", path: "/myapp.php?foo=hello%20world&bar=test%2Bvalue",
      parameters: usual, signature: "er2tvAP1Wx+iuTTE2BPgvEaN1cs="),
    Self(
      testDescription: "empty values",
      parameters: [
        (name: "CallSid", value: "CA1234567890ABCDE"), (name: "Digits", value: ""), (name: "EmptyParam", value: ""),
      ], signature: "9HHp/OqQMEwdrVebHDdA/+tqjX8="),
    Self(
      testDescription: "a name that begins like another",
      parameters: usual + [
        (name: "Reason", value: "Participant"), (name: "ReasonConferenceEnded", value: "test"),
      ], signature: "vOEb5UThFn24KEfnOFLQY2AE5FY="),
  ]

  var webhook: Webhook {
    var webhook = Webhook()
    webhook.path = path
    webhook.body = json.map { Array($0.utf8) } ?? form(parameters.shuffled())
    webhook.contentTypes = [json == nil ? "application/x-www-form-urlencoded; charset=UTF-8" : "application/json"]
    webhook.signatures = [signature]
    return webhook
  }
}

@Suite("The vectors of Twilio's libraries")
struct WebhookVectorTests {
  @Test(arguments: WebhookVector.all)
  func isAccepted(_ vector: WebhookVector) async throws {
    let bench = try WebhookBench(address: .base(vector.base))
    #expect(try await bench.refusal(vector.webhook) == nil)
  }

  @Test(arguments: WebhookVector.all)
  func isAcceptedAsReceived(_ vector: WebhookVector) async throws {
    let bench = try WebhookBench(address: .asReceived)
    var webhook = vector.webhook
    webhook.scheme = "https"
    webhook.authority = String(vector.base.dropFirst("https://".count))
    #expect(try await bench.refusal(webhook) == nil)
  }

  @Test(arguments: WebhookVector.all)
  func isRefusedWithAnotherToken(_ vector: WebhookVector) async throws {
    let bench = try WebhookBench("12346", address: .base(vector.base))
    #expect(try await bench.refusal(vector.webhook) == .signatureMismatch)
  }

  @Test func aNameThatBeginsLikeAnotherIsNotSortedBehindIt() async throws {
    let bench = try WebhookBench()
    var webhook = try #require(WebhookVector.all.last).webhook
    webhook.signatures = ["95+Bu0JVPi0r/SsESZCVf0dWAjw="]
    #expect(try await bench.refusal(webhook) == .signatureMismatch)
  }

  @Test(
    arguments: WebhookVector.all.filter {
      $0.base == "https://mycompany.com" && $0.testDescription != "signed with :443"
    })
  func isWhatWeSign(_ vector: WebhookVector) throws {
    let token = try AuthToken(issued: "12345".utf8)
    #expect(
      try WebhookSignature.sign(url: vector.base + vector.path, parameters: vector.parameters, with: token)
        == vector.signature)
  }
}
