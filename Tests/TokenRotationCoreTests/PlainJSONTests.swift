import Foundation
import Testing

@testable import TokenRotationCore

/// The quick way of reading an account may know less than `JSONDecoder`, and never anything else.
@Suite("Reading an account the quick way")
struct PlainJSONTests {
  static let account = #"""
    {"sid":"AC1","status" : "active", "auth_token":"f00d","friendly_name":"My \"own\"","type":"Full",
    "date":null,"n":[-1.5e+3,0,12,true,false,{}, [ ] ],"uris":{"sid":"other","a":{"b":"\/x"}},"owner_account_sid":null}
    """#

  /// What makes the most of a place in a JSON text: its own characters, and those that it must not hold.
  static let snippets = [
    "", "\"", "\\", "\\\"", "\\u0041", "{", "}", "[", "]", ":", ",", " ", "\t", "\u{1}", "\u{7f}", "é", "0", "1", "-",
    ".",
    "e", "null", "\"x\"", "\"sid\":\"y\",", "\"sid\":7,", ",\"z\":1", "//", "\u{feff}",
  ]

  @Test func aPlainAccountIsRead() throws {
    let plain = Self.account.replacing(#"\"own\""#, with: "own")
    let account = try #require(TwilioAccount(plain: Array(plain.utf8)))
    #expect(account.sid == "AC1")
    #expect(account.status == "active")
    #expect(try account.authToken == AuthToken(issued: "f00d".utf8))
    #expect(account.friendlyName == "My own")
    #expect(account.type == "Full")
    #expect(account.ownerAccountSID == nil)
  }

  @Test func whatIsUnusualIsLeftToTheDecoder() {
    for body in [Self.account, #"{"sid":"é"}"#, #"{"sid":"\u0041"}"#, #"{"sid":"a","sid":"b"}"#, "[]", "", "{} {}"] {
      #expect(TwilioAccount(plain: Array(body.utf8)) == nil, "\(body)")
    }
  }

  @Test func itNeverReadsWhatTheDecoderReadsOtherwise() {
    let original = Array(Self.account.replacing(#"\"own\""#, with: "own").utf8)
    var read = 0
    for place in original.indices {
      for snippet in Self.snippets {
        for end in [place, place + 1] {
          let body = original[..<place] + Array(snippet.utf8) + original[end...]
          guard let quick = TwilioAccount(plain: Array(body)) else { continue }
          read += 1
          let decoded = try? JSONDecoder().decode(TwilioAccount.self, from: Data(body))
          #expect(decoded.map(quick.isSame) == true, "\(String(decoding: body, as: UTF8.self))")
        }
      }
    }
    #expect(read > 1000, "there has to be something to compare")
  }

  @Test func depthIsBounded() {
    let deep = #"{"a":"# + String(repeating: "[", count: 100_000)
    #expect(TwilioAccount(plain: Array(deep.utf8)) == nil)
  }
}

extension TwilioAccount {
  fileprivate func isSame(as other: TwilioAccount) -> Bool {
    sid == other.sid && status == other.status && authToken == other.authToken && friendlyName == other.friendlyName
      && type == other.type && ownerAccountSID == other.ownerAccountSID
  }
}
