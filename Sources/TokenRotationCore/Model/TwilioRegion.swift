/// Where an account's data is processed, and the edge through which it is reached.
///
/// An Auth Token is valid only in the region that it was created in, so a provider is registered for an account *and* a
/// region. Regions are an open set: the constants below are those that Twilio names today, and ``init(_:)`` takes any
/// other together with its edge, as `dublin.ie1`, since a region without an edge has no host.
///
/// Source: <https://www.twilio.com/docs/global-infrastructure/understanding-edge-locations>.
public struct TwilioRegion: Sendable {
  /// Twilio's id of the region, such as `ie1`.
  public let id: String
  /// The edge location, such as `dublin`.
  public let edge: String

  private init(id: String, edge: String) {
    self.id = id
    self.edge = edge
  }

  /// United States (Virginia), Twilio's default.
  public static let us1 = TwilioRegion(id: "us1", edge: "ashburn")
  /// United States (Oregon).
  public static let us2 = TwilioRegion(id: "us2", edge: "umatilla")
  /// Ireland.
  public static let ie1 = TwilioRegion(id: "ie1", edge: "dublin")
  /// Germany.
  public static let de1 = TwilioRegion(id: "de1", edge: "frankfurt")
  /// Singapore.
  public static let sg1 = TwilioRegion(id: "sg1", edge: "singapore")
  /// Japan.
  public static let jp1 = TwilioRegion(id: "jp1", edge: "tokyo")
  /// Australia.
  public static let au1 = TwilioRegion(id: "au1", edge: "sydney")
  /// Brazil.
  public static let br1 = TwilioRegion(id: "br1", edge: "sao-paulo")

  /// The regions that Twilio names today.
  public static let known: [TwilioRegion] = [us1, us2, ie1, de1, sg1, jp1, au1, br1]

  /// Takes a region's name: `ie1`, or with an edge of its own `singapore.ie1`.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/regionMalformed`` if it is neither, or an
  ///   unknown region without its edge.
  public init(_ name: String) throws {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard labels.allSatisfy(Self.isHostLabel) else {
      throw TokenRotationError(
        .regionMalformed, "A region is written like 'ie1' or, with an edge, 'dublin.ie1', in lower case.")
    }
    switch labels.count {
    case 1:
      guard let known = Self.known.first(where: { $0.id == labels[0] }) else {
        throw TokenRotationError(
          .regionMalformed, "The region is none of those known. Write it with its edge, like 'dublin.ie1'.")
      }
      self = known
    case 2:
      self.init(id: labels[1], edge: labels[0])
    default:
      throw TokenRotationError(.regionMalformed, "A region is written like 'ie1' or, with an edge, 'dublin.ie1'.")
    }
  }

  static func isHostLabel(_ label: String) -> Bool {
    (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
      && label.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }

  /// The host that serves a product in this region: `{product}.twilio.com` for us1 through its own edge, and
  /// `{product}.{edge}.{region}.twilio.com` otherwise.
  public func host(for product: TwilioProduct) -> String {
    self.name == Self.us1.name
      ? "\(product.subdomain).twilio.com" : "\(product.subdomain).\(edge).\(id).twilio.com"
  }

  /// Whether trunks list their phone numbers here.
  ///
  /// Twilio's description says of that resource that it is not available in IE1 and AU1.
  var hasTrunkPhoneNumbers: Bool { self != .ie1 && self != .au1 }

  /// The name that ``init(_:)`` takes: the id alone where the edge is the region's own.
  private var name: String {
    Self.known.contains { $0.id == id && $0.edge == edge } ? id : "\(edge).\(id)"
  }
}

extension TwilioRegion: Hashable {
  /// Two are the same region if their ids are: the edge only says by which door one comes in.
  public static func == (left: TwilioRegion, right: TwilioRegion) -> Bool { left.id == right.id }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension TwilioRegion: CustomStringConvertible, Codable {
  /// The name that ``init(_:)`` takes.
  public var description: String { name }

  /// Reads the region from a string, with the checks of ``init(_:)``.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the region as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}

/// One of Twilio's services, by the subdomain that it answers under.
public struct TwilioProduct: Hashable, Sendable {
  /// The first label of the service's host name.
  public let subdomain: String

  private init(subdomain: String) { self.subdomain = subdomain }

  /// The core REST API, `api.twilio.com`.
  public static let api = TwilioProduct(subdomain: "api")
  /// Auth Tokens, `accounts.twilio.com`.
  public static let accounts = TwilioProduct(subdomain: "accounts")
  /// Elastic SIP trunks, `trunking.twilio.com`.
  public static let trunking = TwilioProduct(subdomain: "trunking")
}
