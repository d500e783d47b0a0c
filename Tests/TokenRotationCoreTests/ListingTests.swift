import Testing

@testable import TokenRotationCore

@Suite("Listings: what is read of a page, and where the next one may be")
struct ListingTests {
  private static let path = "/v1/Trunks/TK0f/PhoneNumbers"

  @Test(arguments: [
    ("https://trunking.twilio.com/v1/Trunks/TK0f/PhoneNumbers?PageSize=500&Page=1", "PageSize=500&Page=1"),
    ("HTTPS://Trunking.Twilio.com/v1/Trunks/TK0F/PhoneNumbers?Page=1", "Page=1"),
    ("/v1/Trunks/TK0f/PhoneNumbers?Page=1?x", "Page=1?x"),
  ])
  func nextPage(address: String, query: String) throws {
    #expect(try TwilioEndpoints.twilio.query(ofPage: address, of: Self.path, at: .trunking, in: .us1) == query)
  }

  @Test(arguments: [
    "", "?Page=1", "https://trunking.twilio.com", "https://trunking.twilio.com/?Page=1",
    "http://trunking.twilio.com/v1/Trunks/TK0f/PhoneNumbers?Page=1",
    "https://api.twilio.com/v1/Trunks/TK0f/PhoneNumbers?Page=1",
    "https://trunking.dublin.ie1.twilio.com/v1/Trunks/TK0f/PhoneNumbers?Page=1",
    "https://trunking.twilio.com.example.com/v1/Trunks/TK0f/PhoneNumbers?Page=1",
    "https://trunking.twilio.com@example.com/v1/Trunks/TK0f/PhoneNumbers?Page=1",
    "https://trunking.twilio.com:8443/v1/Trunks/TK0f/PhoneNumbers?Page=1",
    "//example.com/v1/Trunks/TK0f/PhoneNumbers?Page=1", "/\\example.com/v1/Trunks/TK0f/PhoneNumbers?Page=1",
    "/v1/Trunks/TK0f/PhoneNumbers", "/v1/Trunks/TK0f/PhoneNumbers?", "/v1/Trunks/TK1f/PhoneNumbers?Page=1",
    "/v1/Trunks/TK0f/PhoneNumbers?Page=1#x", "/v1/Trunks/TK0f/PhoneNumbers?Page=1 HTTP/1.1",
    "/v1/Trunks/TK0f/PhoneNumbers?Page=1\r\nX: y", "/v1/Trunks/TK0f/PhoneNumbers?Page=é",
    "/v1/Trunks/TK0f/PhoneNumbers?" + String(repeating: "x", count: 2049),
  ])
  func aNextPageElsewhereIsNotFollowed(address: String) {
    #expect(throws: TokenRotationError.self) {
      try TwilioEndpoints.twilio.query(ofPage: address, of: Self.path, at: .trunking, in: .us1)
    }
  }

  @Test func aHostOfTheHostApplicationsOwn() throws {
    let endpoints = try TwilioEndpoints.redirected(to: "http://127.0.0.1:8080")
    for address in ["http://127.0.0.1:8080", "https://trunking.twilio.com", ""] {
      let next = address + Self.path + "?Page=1"
      #expect(try endpoints.query(ofPage: next, of: Self.path, at: .trunking, in: .us1) == "Page=1")
    }
    #expect(throws: TokenRotationError.self) {
      try endpoints.query(ofPage: "http://127.0.0.1:8081\(Self.path)?Page=1", of: Self.path, at: .trunking, in: .us1)
    }
  }
}

@Suite("Phone numbers")
struct PhoneNumberTests {
  @Test(arguments: ["+18005551212", "+12", "+123456789012345"])
  func taken(text: String) throws {
    #expect(try PhoneNumber(text).description == text)
  }

  @Test(arguments: [
    "", "+", "+1", "18005551212", "+08005551212", "+1234567890123456", "+1 800", "+1-800", "+1800a", "+１２３", "+12\0",
  ])
  func refused(text: String) {
    let error = #expect(throws: TokenRotationError.self) { try PhoneNumber(text) }
    #expect(error?.code == .phoneNumberMalformed)
  }
}
