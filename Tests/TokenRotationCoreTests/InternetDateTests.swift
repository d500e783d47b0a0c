import Foundation
import Testing
import TokenRotationCore

@Suite("Dates survive being written and read")
struct InternetDateTests {
  @Test func everyMillisecondComesBack() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let milliseconds = Int.random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
      let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
      let text = InternetDate.rfc3339(date)
      let read = try #require(InternetDate.parse(text), "\(text)")
      #expect(InternetDate.rfc3339(read) == text)
      #expect(abs(read.timeIntervalSince(date)) < 0.0005, "\(text)")
      #expect(InternetDate.rounded(read) == read)
    }
  }

  @Test func agreesWithFoundation() throws {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
    // From 1583: before, Foundation counts by the Julian calendar, which RFC 3339 does not.
    for day in stride(from: -141_000, to: 2_932_896, by: 1_009) {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 12_345)
      #expect(InternetDate.rfc3339(date) == style.format(date).replacing("Z", with: ".000Z"))
    }
  }

  @Test(
    arguments: [
      ("2015-07-30T20:00:00Z", "2015-07-30T20:00:00.000Z"),
      ("Thu, 30 Jul 2015 20:00:00 +0000", "2015-07-30T20:00:00.000Z"),
      ("Thu, 30 Jul 2015 20:00:00 GMT", "2015-07-30T20:00:00.000Z"),
      ("30 Jul 2015 22:00:00 +0200", "2015-07-30T20:00:00.000Z"),
      ("2015-07-30T20:00:00.5Z", "2015-07-30T20:00:00.500Z"),
      ("2015-07-30T20:00:00.123456789Z", "2015-07-30T20:00:00.123Z"),
      ("2015-07-30T13:30:00-06:30", "2015-07-30T20:00:00.000Z"),
      ("Sat, 1 Jan 2000 00:00:00 +0000", "2000-01-01T00:00:00.000Z"),
      ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"),
    ])
  func reads(text: String, expected: String) throws {
    #expect(InternetDate.rfc3339(try #require(InternetDate.parse(text))) == expected)
  }

  @Test(
    arguments: [
      "", "yesterday", "2015-07-30", "2015-02-30T00:00:00Z", "2015-13-01T00:00:00Z", "2015-07-30T24:00:00Z",
      "2015-07-30T20:00:00", "2015-07-30T20:00:00.Z", "Thu, 31 Jun 2015 20:00:00 GMT", "Thu 30 Jul 2015 20:00:00 GMT",
      "2015-07-30T20:00:00Zjunk", "2015-00-10T00:00:00Z", "1900-02-29T00:00:00Z",
    ])
  func refuses(text: String) { #expect(InternetDate.parse(text) == nil) }

  @Test(arguments: [Double.infinity, -.infinity, 1e300, -1e300])
  func datesOutOfRangeAreBounded(seconds: Double) {
    #expect(InternetDate.parse(InternetDate.rfc3339(Date(timeIntervalSince1970: seconds))) != nil)
  }
}
