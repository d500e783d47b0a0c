import Foundation
import HTTPTypes
import Testing
import TokenRotationCore
import TokenRotationSimulator

@Suite("Trunks and phone numbers")
struct TrunkTests {
  private static func bench(numbers: Int = 0, settings: TwilioSimulator.Settings = .init()) throws -> Bench {
    let sid = try TrunkSID(Bench.trunk)
    let listed = try (0..<numbers).map {
      SimulatedPhoneNumber(try PhoneNumber("+1800\(1_000_000 + $0)"), trunkSID: sid)
    }
    return try Bench(settings: settings) { account in
      account.trunks = [SimulatedTrunk(sid: sid, domainName: "example.pstn.twilio.com")]
      account.phoneNumbers = listed
    }
  }

  @Test("a trunk has Twilio's fields, and dates in either form")
  func trunk() throws {
    for style in TwilioSimulator.Settings.DateStyle.allCases {
      var settings = TwilioSimulator.Settings()
      settings.trunkDateStyle = style
      let reply = try Self.bench(settings: settings).ask(.fetchTrunk)
      #expect(reply.status == 200)
      #expect(
        Set(reply.json.keys) == [
          "sid", "account_sid", "domain_name", "friendly_name", "secure", "disaster_recovery_url",
          "disaster_recovery_method", "cnam_lookup_enabled", "transfer_mode", "transfer_caller_id", "auth_type",
          "auth_type_set", "date_created", "date_updated", "url", "links",
        ])
      #expect(reply.json["auth_type"] as? String == "CREDENTIAL_LIST")
      #expect(
        reply.json["date_created"] as? String
          == (style == .rfc2822 ? "Thu, 30 Jul 2015 20:00:00 +0000" : "2015-07-30T20:00:00Z"))
    }
  }

  @Test("another account's trunk looks like one that does not exist")
  func foreign() throws {
    let bench = try Self.bench()
    let (other, token) = (try Bench.sid("2"), try Bench.token("b"))
    bench.twilio.add(SimulatedAccount(sid: other, primary: token))
    let foreign = try bench.ask(.fetchTrunk, with: token, as: other)
    #expect(foreign.code == 20404)
    #expect(try foreign.bytes == Bench().ask(.fetchTrunk).bytes)
  }

  @Test("phone numbers come in pages, each with the address of the next", arguments: [1, 7, 50, 1000])
  func pages(size: Int) throws {
    let bench = try Self.bench(numbers: 1001)
    let credentials = BasicCredentials(username: bench.sid.description, password: bench.primary)
    for (host, first, rows) in [
      ("trunking.twilio.com", "/v1/Trunks/\(Bench.trunk)/PhoneNumbers", "phone_numbers"),
      ("api.twilio.com", "/2010-04-01/Accounts/\(bench.sid)/IncomingPhoneNumbers.json", "incoming_phone_numbers"),
    ] {
      var next: String? = first + "?PageSize=\(size)"
      var numbers: [String] = []
      var count = 0
      while let path = next {
        let reply = try bench.send(.get, host, path, credentials)
        let page = try #require(reply.json[rows] as? [[String: any Sendable]])
        #expect(page.count <= size)
        numbers += page.compactMap { $0["phone_number"] as? String }
        count += 1
        let meta = reply.json["meta"] as? [String: any Sendable]
        next = (meta?["next_page_url"] as? String).map { String($0.dropFirst("https://\(host)".count)) }
        next = next ?? reply.json["next_page_uri"] as? String
      }
      #expect(count == (1001 + size - 1) / size)
      #expect(numbers == (0..<1001).map { "+1800\(1_000_000 + $0)" })
    }
  }

  @Test("trunks list no phone numbers in ie1 and au1", arguments: [TwilioRegion.ie1, .au1, .de1])
  func regions(region: TwilioRegion) throws {
    let bench = try Bench()
    let sid = try TrunkSID(Bench.trunk)
    bench.twilio.add(
      SimulatedAccount(
        sid: bench.sid, primary: bench.primary, region: region,
        trunks: [SimulatedTrunk(sid: sid, domainName: "example.pstn.twilio.com")]))
    let host = region.host(for: .trunking)
    #expect(try bench.ask(.listTrunkPhoneNumbers, host: host).status == (region == .de1 ? 200 : 404))
    #expect(try bench.ask(.fetchTrunk, host: host).status == 200)
  }
}
