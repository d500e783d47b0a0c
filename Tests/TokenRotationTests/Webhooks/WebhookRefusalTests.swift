import Testing
import TokenRotation

@Suite("Webhooks that nobody signed")
struct WebhookRefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: WebhookRefusal.Code
    var byAccount = false
    let change: @Sendable (inout Webhook) -> Void

    init(
      _ testDescription: String, _ code: WebhookRefusal.Code, byAccount: Bool = false,
      _ change: @escaping @Sendable (inout Webhook) -> Void
    ) {
      self.testDescription = testDescription
      self.code = code
      self.byAccount = byAccount
      self.change = change
    }

    static let all: [Case] = [
      Case("no signature", .signatureMissing) { $0.signatures = [] },
      Case("two signatures", .signatureRepeated) { $0.signatures.append($0.signatures[0]) },
      Case("two signatures, one of them wrong", .signatureRepeated) { $0.signatures.append("x") },
      Case("two signatures in one field", .signatureLengthWrong) { $0.signatures[0] += ", " + $0.signatures[0] },
      Case("an empty signature", .signatureLengthWrong) { $0.signatures = [""] },
      Case("a truncated signature", .signatureLengthWrong) { $0.signatures[0].removeLast() },
      Case("a long signature", .signatureLengthWrong) { $0.signatures[0] += "A" },
      Case("a signature of a megabyte", .signatureLengthWrong) {
        $0.signatures = [String(repeating: "A", count: 1 << 20)]
      },
      Case("a signature that is not base64", .signatureNotBase64) {
        $0.signatures = [String(repeating: "*", count: 27) + "="]
      },
      Case("a signature in the other base64", .signatureNotBase64) {
        $0.signatures = [$0.signatures[0].replacing("/", with: "_")]
      },
      Case("a signature without its padding", .signatureNotBase64) {
        $0.signatures = [$0.signatures[0].dropLast() + "A"]
      },
      // The same 20 bytes, spelled otherwise.
      Case("a signature with bits that count for nothing", .signatureNotBase64) {
        $0.signatures = [$0.signatures[0].dropLast(2) + "9="]
      },
      Case("a signature in another case", .signatureMismatch) {
        $0.signatures = [$0.signatures[0].lowercased().dropLast(2) + "8="]
      },
      Case("no path", .urlMissing) { $0.path = "" },
      Case("a path for all", .urlMalformed) { $0.path = "*" },
      Case("a whole address for a path", .urlMalformed) { $0.path = "https://mycompany.com/myapp.php?foo=1&bar=2" },
      Case("a long path", .urlTooLong) { $0.path += String(repeating: "a", count: 8192) },
      Case("another path", .signatureMismatch) { $0.path = "/myapp.php?foo=1&bar=3" },
      Case("an escape that says the same", .signatureMismatch) { $0.path = "/myapp.php?foo=1&bar=%32" },
      Case("a megabyte of parameters", .bodyTooLarge) { $0.body = Array(repeating: UInt8(ascii: "a"), count: 1 << 20) },
      Case("ten thousand parameters", .tooManyParameters) {
        $0.body = Array((0..<10_000).map { "a\($0)=b" }.joined(separator: "&").utf8)
      },
      Case("ten thousand separators", .tooManyParameters) {
        $0.body = Array(repeating: UInt8(ascii: "&"), count: 10_000)
      },
      Case("a % at the end", .percentEncodingMalformed) { $0.body += "&a=%".utf8 },
      Case("a % with one digit", .percentEncodingMalformed) { $0.body += "&a=%4".utf8 },
      Case("a % before a separator", .percentEncodingMalformed) { $0.body += "&a=%4&b=1".utf8 },
      Case("a % with other letters", .percentEncodingMalformed) { $0.body += "&a=%0g".utf8 },
      Case("a % in a name", .percentEncodingMalformed) { $0.body += "&%zz=1".utf8 },
      Case("one more parameter", .signatureMismatch) { $0.body += "&Direction=inbound".utf8 },
      Case("a form that says it is JSON", .bodyNotSigned) { $0.contentTypes = ["application/json"] },
      Case("a form that says nothing", .bodyNotSigned) { $0.contentTypes = [] },
      Case("a form that says two things", .bodyNotSigned) { $0.contentTypes.append("application/json") },
      Case("a form of another kind", .bodyNotSigned) { $0.contentTypes = ["multipart/form-data; boundary=x"] },
      Case("a digest of something else", .bodyDigestMismatch) {
        $0.path += "&bodySHA256=" + String(repeating: "0", count: 64)
      },
      Case("an empty digest", .bodyDigestMismatch) { $0.path += "&bodySHA256=" },
      Case("no account", .accountMissing, byAccount: true) { _ in },
      Case("two accounts", .accountAmbiguous, byAccount: true) {
        $0.body += "&AccountSid=\(Bench.sid)&AccountSid=AC\(String(repeating: "0", count: 32))".utf8
      },
      Case("two accounts in the order in which they are signed", .accountAmbiguous, byAccount: true) {
        $0.body = Array("AccountSid=AC\(String(repeating: "0", count: 32))&AccountSid=\(Bench.sid)&To=1".utf8)
      },
      Case("two accounts in the query", .accountAmbiguous, byAccount: true) {
        $0.path += "&AccountSid=\(Bench.sid)&AccountSid=AC\(String(repeating: "0", count: 32))"
      },
      Case("no account SID", .accountMalformed, byAccount: true) { $0.body += "&AccountSid=AC1".utf8 },
      Case("bytes for an account", .accountMalformed, byAccount: true) { $0.body += "&AccountSid=%00%ff%fe".utf8 },
      Case("an account that we do not have", .accountUnknown, byAccount: true) {
        $0.body += "&AccountSid=AC\(String(repeating: "0", count: 32))".utf8
      },
      Case("our account, not signed", .signatureMismatch, byAccount: true) {
        $0.body += "&AccountSid=\(Bench.sid)".utf8
      },
    ]
  }

  @Test(arguments: Case.all)
  func isRefused(_ example: Case) async throws {
    var webhook = WebhookVector.all[0].webhook
    example.change(&webhook)
    #expect(try await WebhookBench().refusal(webhook, byAccount: example.byAccount) == example.code)
  }

  @Test(
    arguments: [
      (nil, "mycompany.com", WebhookRefusal.Code.urlMissing), ("https", nil, .urlMissing), ("https", "", .urlMissing),
      ("ftp", "mycompany.com", .urlMalformed), ("https", "mycompany.com/x", .urlMalformed),
      ("https", "mycompany.com?x", .urlMalformed), ("https", "my company.com", .urlMalformed),
      ("https", "mycompany.com:0", .urlMalformed), ("https", "mycompany.com:99999", .urlMalformed),
      ("https", "a/b@mycompany.com", .urlMalformed), ("http", "mycompany.com", .signatureMismatch),
      ("https", "mycompany.com.example", .signatureMismatch),
    ] as [(String?, String?, WebhookRefusal.Code)])
  func isRefusedWithoutAnAddress(_ scheme: String?, _ authority: String?, _ code: WebhookRefusal.Code) async throws {
    var webhook = WebhookVector.all[0].webhook
    webhook.scheme = scheme
    webhook.authority = authority
    #expect(try await WebhookBench(address: .asReceived).refusal(webhook) == code)
  }

  @Test func isRefusedForAProviderThatIsNotThere() async throws {
    let bench = try WebhookBench()
    let verdict = try await bench.validator.validate(WebhookVector.all[0].webhook.request, of: ProviderID("nobody"))
    guard case .refused(let refusal) = verdict else { throw TokenRotationError(.tokenRefused, "accepted") }
    #expect(refusal.code == .providerUnknown)
  }

  /// A signature over an address alone covers no body: none may be put beside it.
  @Test(arguments: ["application/json", "text/plain", ""])
  func aBodyBesideASignedAddressIsRefused(_ contentType: String) async throws {
    var webhook = try #require(WebhookVector.all.first { $0.testDescription == "no parameters" }).webhook
    #expect(try await WebhookBench().refusal(webhook) == nil)
    webhook.body = Array(#"{"From":"+15005550006"}"#.utf8)
    webhook.contentTypes = contentType.isEmpty ? [] : [contentType]
    #expect(try await WebhookBench().refusal(webhook) == .bodyNotSigned)
  }

  @Test(
    arguments: [
      { $0.body = [] },
      {
        $0.body = []; $0.contentTypes = ["application/x-www-form-urlencoded"]
      },
      { $0.body[0] = UInt8(ascii: "[") }, { $0.body.append(0) },
      { $0.path = $0.path.replacing("bodySHA256=0a", with: "bodySHA256=0A") },
    ] as [@Sendable (inout Webhook) -> Void])
  func aBodyInJSONThatIsNotTheSignedOneIsRefused(_ change: @Sendable (inout Webhook) -> Void) async throws {
    var webhook = try #require(WebhookVector.all.first { $0.json != nil }).webhook
    change(&webhook)
    #expect(try await WebhookBench().refusal(webhook) == .bodyDigestMismatch)
  }

  @Test func limitsAreTheHosts() async throws {
    let webhook = WebhookVector.all[0].webhook
    let count = WebhookVector.all[0].parameters.count
    let exact = WebhookLimits(
      bodySize: webhook.body.count, parameterCount: count, urlLength: webhook.path.utf8.count)
    #expect(try await WebhookBench(limits: exact).refusal(webhook) == nil)
    for (change, code) in [
      ({ $0.bodySize -= 1 }, .bodyTooLarge), ({ $0.parameterCount -= 1 }, .tooManyParameters),
      ({ $0.urlLength -= 1 }, .urlTooLong),
    ] as [((inout WebhookLimits) -> Void, WebhookRefusal.Code)] {
      var limits = exact
      change(&limits)
      #expect(try await WebhookBench(limits: limits).refusal(webhook) == code)
    }
  }
}
