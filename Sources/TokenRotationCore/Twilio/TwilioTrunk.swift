/// A trunk, as `GET /v1/Trunks/{Sid}` gives it; every field may be null.
struct TwilioTrunk: Decodable, Sendable {
  let sid: String?
  let accountSID: String?
  let domainName: String?
  let transferMode: String?
  /// What the trunk lets callers in by; nil if Twilio did not say.
  let authenticationTypes: [String]?

  private enum CodingKeys: String, CodingKey {
    case sid
    case accountSID = "account_sid"
    case domainName = "domain_name"
    case transferMode = "transfer_mode"
    case authenticationType = "auth_type"
    case authenticationTypes = "auth_type_set"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    sid = container.lenient(String.self, .sid)
    accountSID = container.lenient(String.self, .accountSID)
    domainName = container.lenient(String.self, .domainName)
    transferMode = container.lenient(String.self, .transferMode)
    let one = container.lenient(String.self, .authenticationType)
    let all = container.lenient([String].self, .authenticationTypes)
    authenticationTypes =
      one == nil && all == nil
      ? nil : Set((one?.split(separator: ",").map(String.init) ?? []) + (all ?? [])).sorted()
  }
}

/// A phone number, as both listings give it.
struct TwilioPhoneNumber: Decodable, Sendable {
  let number: PhoneNumber?
  let trunkSID: TrunkSID?

  private enum CodingKeys: String, CodingKey {
    case number = "phone_number"
    case trunkSID = "trunk_sid"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    number = container.lenient(PhoneNumber.self, .number)
    trunkSID = container.lenient(TrunkSID.self, .trunkSID)
  }
}

/// A page of phone numbers: of a trunk, with an absolute address of the next page, or of an account, with a relative one.
struct TwilioPhoneNumberPage: Decodable {
  let numbers: [TwilioPhoneNumber]
  let next: String?

  private enum CodingKeys: String, CodingKey {
    case meta
    case ofTrunk = "phone_numbers"
    case ofAccount = "incoming_phone_numbers"
    case next = "next_page_uri"
  }

  private struct Meta: Decodable {
    let next: String?

    private enum CodingKeys: String, CodingKey {
      case next = "next_page_url"
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let isOfTrunk = container.contains(.ofTrunk)
    numbers = try container.decode([TwilioPhoneNumber].self, forKey: isOfTrunk ? .ofTrunk : .ofAccount)
    next =
      isOfTrunk
      ? try container.decodeIfPresent(Meta.self, forKey: .meta)?.next
      : try container.decodeIfPresent(String.self, forKey: .next)
  }
}
