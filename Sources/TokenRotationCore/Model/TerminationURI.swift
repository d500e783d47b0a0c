/// The SIP domain of an Elastic SIP trunk that calls are sent to, such as `example.pstn.twilio.com`.
///
/// Takes the four forms that Twilio documents: plain, localized by edge (`example.pstn.dublin.twilio.com`), legacy by
/// region (`example.pstn.ie1.twilio.com`) and over interconnect (`example.pstn.london-ix.twilio.com`). Edges and regions
/// are an open set, so any label is taken in their place.
///
/// Source: <https://www.twilio.com/docs/sip-trunking#termination-uri>.
public struct TerminationURI: Hashable, Sendable {
  private let domain: String

  /// Takes a domain, without `sip:` and without a user part; letters become lower-case, as in every domain.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/terminationURIMalformed``.
  public init(_ string: String) throws {
    let domain = string.lowercased()
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    let isTermination =
      (labels.count == 4 || labels.count == 5) && labels[1] == "pstn"
      && labels.suffix(2).elementsEqual(["twilio", "com"])
      && labels.allSatisfy { TwilioRegion.isHostLabel(String($0)) }
    guard isTermination else {
      throw TokenRotationError(
        .terminationURIMalformed,
        "A termination URI is a domain like 'example.pstn.twilio.com'. Copy it from the trunk's Termination page.")
    }
    self.domain = domain
  }

  /// The first label, which all forms of one trunk's domain have in common.
  package var trunkName: Substring { domain.prefix { $0 != "." } }
}

extension TerminationURI: CustomStringConvertible, Codable {
  /// The domain.
  public var description: String { domain }

  /// Reads the domain from a string, with the checks of ``init(_:)``.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the domain as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(domain)
  }
}
