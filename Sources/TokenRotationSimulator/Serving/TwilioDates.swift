#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import TokenRotationCore

/// Dates as Twilio writes them, to the second.
enum TwilioDates {
  static func text(_ date: Date, _ style: TwilioSimulator.Settings.DateStyle) -> String {
    switch style {
    case .rfc2822: rfc2822(date)
    case .iso8601: iso8601(date)
    }
  }

  /// As accounts have them: `Thu, 30 Jul 2015 20:00:00 +0000`.
  static func rfc2822(_ date: Date) -> String {
    let text = InternetDate.rfc3339(date)
    let (year, month, day) = (text.prefix(4), Int(text.dropFirst(5).prefix(2)) ?? 1, text.dropFirst(8).prefix(2))
    let daysSinceThursday = Int((date.timeIntervalSince1970 / 86_400).rounded(.down))
    let weekday = weekdaysFromThursday[((daysSinceThursday % 7) + 7) % 7]
    return "\(weekday), \(day) \(months[month - 1]) \(year) \(text.dropFirst(11).prefix(8)) +0000"
  }

  /// As Auth Tokens have them: `2015-07-31T04:00:00Z`.
  static func iso8601(_ date: Date) -> String {
    InternetDate.rfc3339(date).prefix(19) + "Z"
  }

  private static let weekdaysFromThursday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
