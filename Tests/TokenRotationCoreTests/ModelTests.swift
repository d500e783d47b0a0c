import Foundation
import Testing
import TokenRotationCore

@Suite("Identifiers and names take what Twilio writes, and nothing else")
struct ModelTests {
  static let hex = "0123456789abcdef0123456789ABCDEF"

  @Test(
    arguments: [
      ("AC" + hex, true), ("ac" + hex, false), ("AC" + hex.dropLast(), false), ("AC" + hex + "0", false),
      ("TK" + hex, false), ("AC" + hex.dropLast() + "g", false), ("", false), (" AC" + hex, false),
      ("AC" + hex + "\n", false), ("AC" + String(repeating: "é", count: 16), false),
    ])
  func accountSID(string: String, isValid: Bool) throws {
    if isValid {
      #expect(try AccountSID(string).description == string)
    } else {
      expect(.accountSIDMalformed) { try AccountSID(string) }
      expect(.trunkSIDMalformed) { try TrunkSID(string.replacing("AC", with: "TK", maxReplacements: 1) + "!") }
    }
  }

  @Test func sidsThatDifferInCaseAreOneAccount() throws {
    let upper = try AccountSID("AC" + Self.hex.uppercased())
    let lower = try AccountSID("AC" + Self.hex.lowercased())
    #expect(upper == lower)
    #expect(Set([upper, lower]).count == 1)
    #expect(upper.canonical == lower.canonical)
    #expect(upper.description != lower.description, "Twilio is asked with the SID as it was given")
  }

  @Test(arguments: ["", String(repeating: "x", count: 129), "a\0b"])
  func refusedProviderID(string: String) { expect(.providerIDMalformed) { try ProviderID(string) } }

  @Test func providerIDsAreComparedByBytes() throws {
    let composed = try ProviderID("\u{E9}")
    let decomposed = try ProviderID("e\u{301}")
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    #expect(decomposed < composed)
    #expect(try ProviderID(String(repeating: "é", count: 128)).description.count == 128)
    #expect(ProviderID() != ProviderID())
  }

  @Test(
    arguments: [
      ("us1", "api.twilio.com"), ("ie1", "api.dublin.ie1.twilio.com"), ("au1", "api.sydney.au1.twilio.com"),
      ("br1", "api.sao-paulo.br1.twilio.com"), ("singapore.ie1", "api.singapore.ie1.twilio.com"),
      ("dublin.us1", "api.dublin.us1.twilio.com"), ("somewhere.xx9", "api.somewhere.xx9.twilio.com"),
    ])
  func regionHosts(name: String, host: String) throws {
    let region = try TwilioRegion(name)
    #expect(region.host(for: .api) == host)
    #expect(region.description == name)
    #expect(try TwilioRegion("ashburn.us1").host(for: .accounts) == "accounts.twilio.com")
  }

  @Test(arguments: ["", "xx9", "IE1", "a.b.c", ".ie1", "dublin.", "-x.ie1", "dub lin.ie1", "evil.com/x.ie1", "a@b.ie1"])
  func refusedRegion(name: String) { expect(.regionMalformed) { try TwilioRegion(name) } }

  @Test func aRegionIsTheSameThroughEveryEdge() throws {
    #expect(try TwilioRegion("singapore.ie1") == .ie1)
    #expect(TwilioRegion.us1 != .ie1)
  }

  @Test(
    arguments: [
      "example.pstn.twilio.com", "example.pstn.dublin.twilio.com", "example.pstn.ie1.twilio.com",
      "example.pstn.london-ix.twilio.com", "EXAMPLE.pstn.twilio.com",
    ])
  func terminationURI(string: String) throws {
    #expect(try TerminationURI(string).description == string.lowercased())
  }

  @Test(
    arguments: [
      "", "pstn.twilio.com", "example.twilio.com", "example.pstn.twilio.com.evil.com", "sip:example.pstn.twilio.com",
      "a.b.pstn.twilio.com", "example.pstn.evil.com", "exa mple.pstn.twilio.com", "example.pstn.a.b.twilio.com",
    ])
  func refusedTerminationURI(string: String) { expect(.terminationURIMalformed) { try TerminationURI(string) } }

  @Test(
    arguments: [
      ("https://example.com", "https", "example.com"), ("https://example.com:8443/", "https", "example.com:8443"),
      ("http://127.0.0.1:8080", "http", "127.0.0.1:8080"), ("HTTP://localhost", "http", "localhost"),
      ("http://[::1]:80", "http", "[::1]:80"),
    ])
  func redirection(base: String, scheme: String, authority: String) throws {
    let endpoints = try TwilioEndpoints.redirected(to: base)
    for product in [TwilioProduct.api, .accounts, .trunking] {
      let origin = try endpoints.origin(of: product, in: .ie1)
      #expect((origin.scheme, origin.authority) == (scheme, authority))
    }
  }

  @Test(
    arguments: [
      "", "example.com", "ftp://example.com", "http://example.com", "http://127.0.0.1.evil.com", "http://128.0.0.1",
      "https://", "https://user@example.com", "https://example.com/path", "https://example.com?x", "https://a b",
      "https://example.com:99999", "https://[::1", "http://127.0.0.256", "https://example.com:80:80",
    ])
  func refusedRedirection(base: String) {
    expect(.configurationInvalid) { try TwilioEndpoints.redirected(to: base) }
  }

  @Test func theAccountsHostOutsideUS1HasToBeNamed() throws {
    #expect(try TwilioEndpoints.twilio.origin(of: .accounts, in: .us1).authority == "accounts.twilio.com")
    expect(.regionNotSupported) { try TwilioEndpoints.twilio.origin(of: .accounts, in: .ie1) }
    let named = try TwilioEndpoints.twilio.naming("https://accounts.example.com", for: .accounts, in: .ie1)
    #expect(try named.origin(of: .accounts, in: .ie1).authority == "accounts.example.com")
    #expect(try named.origin(of: .api, in: .ie1).authority == "api.dublin.ie1.twilio.com")
    expect(.regionNotSupported) { try named.origin(of: .accounts, in: .au1) }
  }
}

/// Expects `body` to throw a `TokenRotationError` with this code.
func expect<Value>(
  _ code: TokenRotationError.Code, _ body: () throws -> Value, sourceLocation: SourceLocation = #_sourceLocation
) {
  let error = #expect(throws: TokenRotationError.self, sourceLocation: sourceLocation) { _ = try body() }
  #expect(error?.code == code, sourceLocation: sourceLocation)
  #expect(error?.outcome == .notApplied, sourceLocation: sourceLocation)
}
