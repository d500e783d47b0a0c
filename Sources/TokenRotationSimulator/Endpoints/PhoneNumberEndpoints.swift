import HTTPTypes
import TokenRotationCore

/// The two listings of phone numbers, those of a trunk and those of an account, which page in different ways.
enum PhoneNumberEndpoints {
  static let routes = [
    Route(
      endpoint: .listTrunkPhoneNumbers, method: .get, product: .trunking,
      path: PathPattern("/v1/Trunks/{Sid}/PhoneNumbers"), handle: listOfTrunk),
    Route(
      endpoint: .listPhoneNumbers, method: .get, product: .api,
      path: PathPattern("/2010-04-01/Accounts/{Sid}/IncomingPhoneNumbers.json"), handle: listOfAccount),
  ]

  /// The regions in which Twilio has no phone numbers below trunks.
  private static let regionsWithoutTrunkNumbers: Set<TwilioRegion> = [.ie1, .au1]

  @Sendable private static func listOfTrunk(
    _ state: inout SimulatorState, _ call: Call
  ) throws(SimulatedError) -> Answer {
    guard !regionsWithoutTrunkNumbers.contains(call.caller.key.region),
      let trunk = state.trunk(call.parameters[0], for: call.caller),
      let entry = state.entries[call.caller.key]
    else { throw SimulatedError.notFound(call.path) }
    let numbers = entry.account.phoneNumbers.filter { $0.trunkSID == trunk.sid }
    let page = Page(of: numbers, call, allOnOne: state.settings.ignoresPageSize)
    let host = state.settings.nextPageHost ?? call.caller.key.region.host(for: .trunking)
    func url(_ index: Int?) -> JSONText { .optional(index.map { "https://\(host)\(call.path)?\(page.query($0))" }) }
    let style = state.settings.trunkDateStyle
    return Answer(
      status: 200,
      fields: [
        ("phone_numbers", .array(page.rows.map { row(of: $0, entry, style) })),
        (
          "meta",
          .object([
            ("page", .integer(page.index)), ("page_size", .integer(page.size)), ("first_page_url", url(0)),
            ("previous_page_url", url(page.previous)), ("url", url(page.index)), ("next_page_url", url(page.next)),
            ("key", .string("phone_numbers")),
          ])
        ),
      ])
  }

  @Sendable private static func listOfAccount(
    _ state: inout SimulatorState, _ call: Call
  ) throws(SimulatedError) -> Answer {
    guard let sid = try? AccountSID(call.parameters[0]), let entry = state.entry(of: sid, for: call.caller) else {
      throw SimulatedError.tokenRefused
    }
    let page = Page(of: entry.account.phoneNumbers, call, allOnOne: state.settings.ignoresPageSize)
    func uri(_ index: Int?) -> JSONText { .optional(index.map { "\(call.path)?\(page.query($0))" }) }
    return Answer(
      status: 200,
      fields: [
        ("incoming_phone_numbers", .array(page.rows.map { row(of: $0, entry, .rfc2822) })),
        ("page", .integer(page.index)), ("page_size", .integer(page.size)), ("start", .integer(page.start)),
        ("end", .integer(max(page.start, page.start + page.rows.count - 1))), ("first_page_uri", uri(0)),
        ("previous_page_uri", uri(page.previous)), ("next_page_uri", uri(page.next)), ("uri", uri(page.index)),
      ])
  }

  private static func row(
    of number: SimulatedPhoneNumber, _ entry: AccountEntry, _ style: TwilioSimulator.Settings.DateStyle
  ) -> JSONText {
    .object([
      ("sid", .string(number.sid)),
      ("account_sid", .string(entry.account.sid.description)),
      ("phone_number", .string(number.number.description)),
      ("friendly_name", .string(number.number.description)),
      ("trunk_sid", .optional(number.trunkSID?.description)),
      ("date_created", .string(TwilioDates.text(entry.created, style))),
      ("date_updated", .string(TwilioDates.text(entry.updated, style))),
    ])
  }

  /// Some rows of a listing, as `PageSize` and `Page` choose them.
  private struct Page {
    let rows: ArraySlice<SimulatedPhoneNumber>
    let index: Int
    let size: Int
    let previous: Int?
    let next: Int?

    var start: Int { rows.startIndex }

    init(of all: [SimulatedPhoneNumber], _ call: Call, allOnOne: Bool) {
      size = allOnOne ? max(1, all.count) : min(1000, max(1, call.query["PageSize"].flatMap { Int($0) } ?? 50))
      index = min(1_000_000, max(0, call.query["Page"].flatMap { Int($0) } ?? 0))
      let start = min(all.count, index * size)
      rows = all[start..<min(all.count, start + size)]
      previous = index > 0 ? index - 1 : nil
      next = start + size < all.count ? index + 1 : nil
    }

    func query(_ index: Int) -> String {
      "PageSize=\(size)&Page=\(index)" + (index > 0 ? "&PageToken=PAPN\(index * size)" : "")
    }
  }
}
