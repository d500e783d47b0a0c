extension TwilioClient {
  /// How many pages of a listing are read: fifty thousand phone numbers, more than any account is known to have.
  private static let pageLimit = 100

  /// Fetches a trunk.
  ///
  /// - Throws: ``TokenRotationError``, with the code ``TokenRotationError/Code/trunkNotFound`` if the account has none
  ///   with this SID.
  func fetchTrunk(_ sid: TrunkSID, as caller: Caller) async throws -> TwilioTrunk {
    let call = TwilioCall.fetchTrunk(sid)
    let answer = try await perform(call, as: caller)
    guard let trunk = answer.decode(TwilioTrunk.self), trunk.sid.flatMap({ try? TrunkSID($0) }) == sid else {
      throw TokenRotationError(
        .twilioAnswerMalformed, "Twilio's answer does not say that it is for this trunk. Try again later.",
        answer: answer.refusal())
    }
    return trunk
  }

  /// Fetches all phone numbers that are attached to a trunk.
  func phoneNumbers(of trunk: TrunkSID, as caller: Caller) async throws -> [TwilioPhoneNumber] {
    try await list(as: caller) { .listTrunkPhoneNumbers(trunk, page: $0) }
  }

  /// Fetches all phone numbers of the account.
  func phoneNumbers(as caller: Caller) async throws -> [TwilioPhoneNumber] {
    try await list(as: caller) { .listPhoneNumbers(page: $0) }
  }

  private func list(as caller: Caller, _ call: (_ page: String?) -> TwilioCall) async throws -> [TwilioPhoneNumber] {
    var numbers: [TwilioPhoneNumber] = []
    var page: String?
    for _ in 0..<Self.pageLimit {
      let call = call(page)
      let answer = try await perform(call, as: caller)
      guard let found = answer.decode(TwilioPhoneNumberPage.self) else { throw call.error(for: answer) }
      numbers += found.numbers
      guard let next = found.next else { return numbers }
      page = try configuration.endpoints.query(
        ofPage: next, of: call.path(caller.accountSID), at: call.product, in: caller.region)
    }
    throw TokenRotationError(
      .twilioAnswerMalformed, "Twilio's listing of phone numbers does not end. Only the beginning was read.")
  }
}

extension TwilioEndpoints {
  /// Reads the address that a listing names for its next page: relative, or absolute at Twilio's own host for the
  /// product and region, or at the one that the host application named.
  ///
  /// What it gives is sent to the same host as the first page. An address elsewhere is refused instead of corrected: an
  /// answer that names one is none of Twilio's.
  ///
  /// - Returns: The query, which is all that may differ from the first page.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/twilioAnswerMalformed``.
  func query(
    ofPage address: String, of path: String, at product: TwilioProduct, in region: TwilioRegion
  ) throws -> String {
    let origin = try origin(of: product, in: region)
    let prefixes = [
      "\(origin.scheme)://\(origin.authority)/", "https://\(region.host(for: product))/", "/",
    ]
    let start = prefixes.first { address.lowercased().hasPrefix($0.lowercased()) }?.dropLast()
    let parts = address.dropFirst(start?.count ?? 0).split(separator: "?", maxSplits: 1)
    // A SID may come back in another case.
    guard start != nil, parts.count == 2, parts[0].lowercased() == path.lowercased(), parts[1].utf8.count <= 2048,
      parts[1].utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") })
    else {
      throw TokenRotationError(
        .twilioAnswerMalformed,
        "Twilio's listing goes on at an address that is not its own. It was not followed.")
    }
    return String(parts[1])
  }
}
