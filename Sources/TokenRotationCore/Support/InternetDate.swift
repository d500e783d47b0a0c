#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Dates as text: RFC 3339 with milliseconds for what this package writes, and all the forms that Twilio is known to
/// answer with for what it reads.
///
/// Own code, because FoundationEssentials reads no RFC 2822 date, and because a stored date must come back as the same
/// date: here it is a whole number of milliseconds all the way.
package enum InternetDate {
  /// The date to the nearest millisecond, the precision at which dates are stored.
  package static func rounded(_ date: Date) -> Date {
    Date(timeIntervalSince1970: Double(milliseconds(date)) / 1000)
  }

  /// Such as `2026-11-23T06:09:28.123Z`.
  package static func rfc3339(_ date: Date) -> String {
    let milliseconds = milliseconds(date)
    let days = milliseconds.flooredQuotient(86_400_000)
    let inDay = milliseconds - days * 86_400_000
    let (year, month, day) = civil(fromDays: days)
    return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2)
      + "T" + pad(inDay / 3_600_000, 2) + ":" + pad(inDay / 60_000 % 60, 2) + ":" + pad(inDay / 1000 % 60, 2)
      + "." + pad(inDay % 1000, 3) + "Z"
  }

  /// Reads RFC 3339 (`2015-07-30T20:00:00Z`), RFC 2822 (`Thu, 30 Jul 2015 20:00:00 +0000`) and the HTTP form of the
  /// latter (`GMT`); nil for anything else.
  package static func parse(_ text: String) -> Date? {
    var scanner = Scanner(text)
    guard let milliseconds = scanner.startsWithDigits(4) ? scanner.rfc3339() : scanner.rfc2822() else { return nil }
    return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  private static func milliseconds(_ date: Date) -> Int {
    // Years 0000 to 9999, which is all that the text form can hold.
    let bounded = min(max(date.timeIntervalSince1970, -62_167_219_200), 253_402_300_799.999)
    // To the nearest one: 0.123 s has no exact binary form and must not become 122 ms.
    return Int((bounded * 1000).rounded())
  }

  private static func pad(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Days since 1970-01-01 to a date of the Gregorian calendar, by eras of 400 years that begin in March, so that the
  /// leap day is the last of its year.
  private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }

  /// The inverse of ``civil(fromDays:)``.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear.flooredQuotient(400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Reads a date's parts from left to right; each method gives nil where the text is something else.
  private struct Scanner {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    func startsWithDigits(_ count: Int) -> Bool {
      rest.prefix(count).utf8.count == count && rest.prefix(count).utf8.allSatisfy { (48...57).contains($0) }
    }

    mutating func rfc3339() -> Int? {
      guard let year = number(4), literal("-"), let month = number(2), literal("-"), let day = number(2),
        literal("T") || literal("t") || literal(" "),
        let time = timeOfDay()
      else { return nil }
      var fraction = 0
      if literal(".") {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        fraction = Int((digits + "00").prefix(3)) ?? 0
        rest = rest.dropFirst(digits.count)
      }
      return finish(year, month, day, time * 1000 + fraction)
    }

    mutating func rfc2822() -> Int? {
      if weekdays.contains(String(rest.prefix(3))) {
        rest = rest.dropFirst(3)
        guard literal(",") else { return nil }
        rest = rest.drop { $0 == " " }
      }
      guard let day = number(2) ?? number(1), literal(" "), let month = months.firstIndex(of: String(rest.prefix(3)))
      else { return nil }
      rest = rest.dropFirst(3)
      guard literal(" "), let year = number(4), literal(" "), let time = timeOfDay() else { return nil }
      rest = rest.drop { $0 == " " }
      return finish(year, month + 1, day, time * 1000)
    }

    private mutating func timeOfDay() -> Int? {
      guard let hour = number(2), literal(":"), let minute = number(2), literal(":"), let second = number(2),
        hour < 24, minute < 60, second <= 60
      else { return nil }
      return hour * 3600 + minute * 60 + second
    }

    private mutating func finish(_ year: Int, _ month: Int, _ day: Int, _ milliseconds: Int) -> Int? {
      guard (1...12).contains(month), day >= 1, let offset = offset(), rest.isEmpty else { return nil }
      let days = InternetDate.days(year: year, month: month, day: day)
      guard InternetDate.civil(fromDays: days) == (year, month, day) else { return nil }
      return days * 86_400_000 + milliseconds - offset * 1000
    }

    private mutating func offset() -> Int? {
      if literal("Z") || literal("z") || literal("GMT") || literal("UTC") { return 0 }
      let sign: Int
      if literal("+") { sign = 1 } else if literal("-") { sign = -1 } else { return nil }
      guard let hours = number(2) else { return nil }
      _ = literal(":")
      guard let minutes = number(2), hours < 24, minutes < 60 else { return nil }
      return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func number(_ digits: Int) -> Int? {
      guard startsWithDigits(digits) else { return nil }
      defer { rest = rest.dropFirst(digits) }
      return Int(rest.prefix(digits))
    }

    private mutating func literal(_ text: String) -> Bool {
      guard rest.hasPrefix(text) else { return false }
      rest = rest.dropFirst(text.count)
      return true
    }
  }
}

extension Int {
  /// The quotient rounded towards negative infinity.
  fileprivate func flooredQuotient(_ divisor: Int) -> Int {
    self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
  }
}
