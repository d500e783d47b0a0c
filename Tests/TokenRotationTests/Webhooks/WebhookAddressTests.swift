import HTTPTypes
import Testing
import TokenRotation

@Suite("Which address was called")
struct WebhookAddressTests {
  static let parameters = WebhookVector.usual

  /// Whether a webhook that was signed for `url` is accepted.
  private func accepts(
    _ url: String, address: WebhookAddress, change: (inout Webhook) -> Void = { _ in }
  ) async throws -> Bool {
    let bench = try WebhookBench(address: address)
    var webhook = Webhook()
    webhook.path = "/voice?x=1"
    webhook.body = form(Self.parameters)
    webhook.signatures = [try WebhookSignature.sign(url: url, parameters: Self.parameters, with: bench.token)]
    change(&webhook)
    return try await bench.refusal(webhook) == nil
  }

  @Test(arguments: [
    ("https://example.com", "https://example.com/voice?x=1", true),
    ("https://example.com/", "https://example.com/voice?x=1", true),
    ("https://example.com/twilio", "https://example.com/twilio/voice?x=1", true),
    ("https://example.com/twilio/", "https://example.com/twilio/voice?x=1", true),
    ("HTTPS://example.com", "https://example.com/voice?x=1", true),
    ("https://Example.com", "https://Example.com/voice?x=1", true),
    ("https://example.com:443", "https://example.com/voice?x=1", true),
    ("https://example.com", "https://example.com:443/voice?x=1", true),
    ("http://example.com", "http://example.com:80/voice?x=1", true),
    ("http://example.com:80", "http://example.com/voice?x=1", true),
    ("https://example.com:8443", "https://example.com:8443/voice?x=1", true),
    ("https://example.com:8443", "https://example.com/voice?x=1", true),
    ("https://[2001:db8::1]", "https://[2001:db8::1]:443/voice?x=1", true),
    ("https://[2001:db8::1]:8443", "https://[2001:db8::1]/voice?x=1", true),
    ("https://u:p@example.com", "https://u:p@example.com/voice?x=1", true),
    ("https://u:p@example.com", "https://example.com/voice?x=1", true),
    ("https://u:p@example.com", "https://u:p@example.com:443/voice?x=1", true),
    ("https://u:p@example.com:443", "https://example.com/voice?x=1", true),
    ("https://example.com", "http://example.com/voice?x=1", false),
    ("https://example.com", "https://example.com:80/voice?x=1", false),
    ("https://example.com", "https://example.com:8443/voice?x=1", false),
    ("https://example.com", "https://example.com./voice?x=1", false),
    ("https://example.com", "https://EXAMPLE.com/voice?x=1", false),
    ("https://example.com", "https://u:p@example.com/voice?x=1", false),
    ("https://u:p@example.com", "https://u:q@example.com/voice?x=1", false),
    ("https://example.com", "https://example.com/voice/?x=1", false),
    ("https://example.com/twilio", "https://example.com/voice?x=1", false),
    ("https://example.com", "wss://example.com/voice?x=1", false),
  ])
  func spellingsOfABase(_ base: String, _ signed: String, _ isAccepted: Bool) async throws {
    #expect(try await accepts(signed, address: .base(base)) == isAccepted)
  }

  @Test(arguments: [
    "", "example.com", "https://", "ftp://example.com", "https:///x", "https://example.com?x", "https://example.com/?x",
    "https://example.com#x", "https://example.com/a b", "https://exa mple.com", "https://example.com:x",
    "https://a?b@example.com", "://example.com",
  ])
  func whatIsNoBase(_ base: String) async throws {
    await expect(.configurationInvalid) { try WebhookAddress.base(base) }
  }

  @Test(arguments: [
    ("https://example.com", "/s", "wss://example.com/s", true),
    ("https://example.com", "/s", "wss://example.com/s/", true),
    ("https://example.com", "/s/", "wss://example.com/s/", true),
    ("https://example.com", "/s", "wss://example.com:443/s/", true),
    ("wss://example.com", "/s", "wss://example.com/s", true),
    ("http://example.com", "/s", "ws://example.com/s/", true),
    ("https://example.com", "/s?x=1", "wss://example.com/s/?x=1", true),
    ("https://example.com", "/s", "wss://example.com/", false),
    ("https://example.com", "/s", "https://example.com/s", false),
  ])
  func webSockets(_ base: String, _ path: String, _ signed: String, _ isAccepted: Bool) async throws {
    let bench = try WebhookBench(address: .base(base))
    var webhook = Webhook(method: .get, path: path, contentTypes: [], fields: [("Upgrade", "WebSocket")])
    webhook.signatures = [try WebhookSignature.sign(url: signed, with: bench.token)]
    #expect((try await bench.refusal(webhook) == nil) == isAccepted)
    webhook.fields = [("Upgrade", "h2c")]
    #expect(try await bench.refusal(webhook) == (signed == "https://example.com/s" ? nil : .signatureMismatch))
  }

  // MARK: Proxies

  private static let trusted = ["10.0.0.0/8", "2001:db8::/32"]
  private static let signed = "https://voice.example.com/voice?x=1"

  private func forwarded(_ fields: Set<WebhookAddress.ForwardedField>) throws -> WebhookAddress {
    .forwarded(fields, from: try Self.trusted.map { try AddressRange($0) })
  }

  @Test(arguments: ["10.0.0.7", "::ffff:10.1.2.3", "2001:db8::7", "2001:DB8:0:0::7%eth0"])
  func aTrustedProxyIsBelieved(_ peer: String) async throws {
    for (fields, sent) in [
      ([.forwarded], [("Forwarded", "for=1.2.3.4;proto=https;host=voice.example.com")]),
      ([.forwarded], [("Forwarded", #"for="[2001:db9::1]:47011";host="voice.example.com:443"; proto=HTTPS"#)]),
      (
        [.xForwardedProto, .xForwardedHost],
        [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "voice.example.com")]
      ),
      (
        [.xForwardedProto, .xForwardedHost, .xForwardedPort],
        [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "voice.example.com"), ("X-Forwarded-Port", "443")]
      ),
    ] as [(Set<WebhookAddress.ForwardedField>, [(String, String)])] {
      #expect(
        try await accepts(Self.signed, address: forwarded(fields)) {
          $0.peer = peer
          $0.fields = sent
        })
    }
  }

  @Test(arguments: ["11.0.0.1", "::ffff:11.0.0.1", "2001:db9::1", "nonsense", "", nil])
  func nobodyElseIs(_ peer: String?) async throws {
    let everything = Set(WebhookAddress.ForwardedField.allCases)
    let isAccepted = try await accepts(Self.signed, address: forwarded(everything)) {
      $0.peer = peer
      $0.fields = [
        ("Forwarded", "proto=https;host=voice.example.com"), ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "voice.example.com"),
      ]
    }
    #expect(!isAccepted)
    // What such a peer sent itself still counts.
    #expect(
      try await accepts("http://10.0.0.1:8080/voice?x=1", address: forwarded(everything)) {
        $0.peer = peer
        $0.fields = [("X-Forwarded-Host", "voice.example.com")]
      })
  }

  @Test func aFieldThatTheProxyOnlyPassesOnIsNotBelieved() async throws {
    let isAccepted = try await accepts(Self.signed, address: forwarded([.xForwardedProto])) {
      $0.fields = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "voice.example.com")]
    }
    #expect(!isAccepted)
  }

  @Test(arguments: [
    // Ours added the last one, which says that another of ours asked it, and so on.
    ("host=evil.example;proto=https, for=1.2.3.4;host=voice.example.com;proto=https, for=10.0.0.9", true),
    ("host=voice.example.com;proto=https, for=1.2.3.4;host=evil.example;proto=https", false),
    ("host=voice.example.com;proto=https, for=10.0.0.9", true),
    ("host=voice.example.com;proto=https, for=unknown;proto=https", false),
    ("host=voice.example.com;proto=https, proto=https", false),
  ])
  func aChainOfProxiesIsFollowedAsFarAsItIsTrusted(_ value: String, _ isAccepted: Bool) async throws {
    #expect(
      try await accepts(Self.signed, address: forwarded([.forwarded])) { $0.fields = [("Forwarded", value)] }
        == isAccepted)
    let parts = value.split(separator: ", ", maxSplits: 1)
    #expect(
      try await accepts(Self.signed, address: forwarded([.forwarded])) {
        $0.fields = parts.map { ("Forwarded", String($0)) }
      } == isAccepted)
  }

  @Test(
    arguments: [
      ([("X-Forwarded-Proto", "https, http")], WebhookRefusal.Code.forwardedFieldRepeated),
      ([("X-Forwarded-Host", "a"), ("X-Forwarded-Host", "a")], .forwardedFieldRepeated),
      ([("X-Forwarded-Port", "99999")], .forwardedFieldMalformed),
      ([("X-Forwarded-Port", "+1")], .forwardedFieldMalformed),
      ([("Forwarded", "host")], .forwardedFieldMalformed), ([("Forwarded", "host=\"a")], .forwardedFieldMalformed),
      ([("Forwarded", "host=a;host=b")], .forwardedFieldMalformed), ([("Forwarded", "=")], .forwardedFieldMalformed),
      ([("X-Forwarded-Proto", "gopher")], .urlMalformed), ([("X-Forwarded-Host", "a/b")], .urlMalformed),
      ([("Forwarded", "host=\"a?b\"")], .urlMalformed), ([("X-Forwarded-Host", "")], .urlMissing),
    ] as [([(String, String)], WebhookRefusal.Code)])
  func whatAProxySaysInOtherWays(_ fields: [(String, String)], _ code: WebhookRefusal.Code) async throws {
    let bench = try WebhookBench(address: forwarded(Set(WebhookAddress.ForwardedField.allCases)))
    var webhook = WebhookVector.all[0].webhook
    webhook.fields = fields
    #expect(try await bench.refusal(webhook) == code)
  }

  @Test func aBaseDoesNotShowItsPassword() throws {
    let address = try WebhookAddress.base("https://user:hunter2@example.com")
    let validator = try WebhookBench(address: address).validator
    var dumped = ""
    dump(address, to: &dumped)
    dump(validator, to: &dumped)
    #expect(!"\(address) \(validator) \(String(reflecting: address)) \(dumped)".contains("hunter2"))
  }
}

@Suite("Ranges of addresses")
struct AddressRangeTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "255.255.255.255", true),
    ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false), ("10.1.2.2/31", "10.1.2.3", true),
    ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", false), ("0.0.0.0/0", "::1", false),
    ("::1", "::1", true), ("::1", "0:0:0:0:0:0:0:1", true), ("2001:db8::/33", "2001:db8:7fff::", true),
    ("2001:db8::/33", "2001:db8:8000::", false), ("::ffff:10.0.0.0/8", "10.0.0.1", true),
    ("fe80::/10", "fe80::1%eth0", true), ("2001:db8::/128", "2001:db8::", true),
  ])
  func contains(_ range: String, _ address: String, _ expected: Bool) throws {
    #expect(try AddressRange(range).contains(address) == expected)
    #expect(try AddressRange(AddressRange(range).description).contains(address) == expected)
  }

  @Test(arguments: [
    "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "10.1.0.0/8", "10.0.0",
    "10.0.0.0.0", "10.0.0.256", "010.0.0.0", "10.0.0.x", "localhost", "::1/129", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
    "1::2::3", ":::", "12345::", "+1::", "::1.2.3", "1:2:3:4:5:6:7::8", "2001:db8::1/32", " 10.0.0.1",
  ])
  func isNone(_ text: String) async {
    await expect(.configurationInvalid) { try AddressRange(text) }
  }
}
