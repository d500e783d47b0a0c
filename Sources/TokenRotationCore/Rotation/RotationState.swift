#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How far a provider's rotation has come, as its record keeps it.
public enum RotationState: Hashable, Sendable {
  /// One known token.
  case idle
  /// A secondary was created and is kept beside the current token, not promoted yet.
  case minted(Candidate)

  /// A secondary token that we hold.
  public struct Candidate: Hashable, Sendable {
    /// The token, sealed for ``TokenSlot/candidate``.
    public var token: SealedToken
    /// When Twilio's answer was stored.
    public var mintedAt: Date

    /// Describes a secondary that we hold.
    public init(token: SealedToken, mintedAt: Date) {
      self.token = token
      self.mintedAt = mintedAt
    }
  }

  /// The candidate, in the states that have one.
  public var candidate: Candidate? {
    switch self {
    case .idle: nil
    case .minted(let candidate): candidate
    }
  }
}

extension RotationState: Codable {
  private enum CodingKeys: String, CodingKey {
    case state, candidate, mintedAt
  }

  private enum Name: String, Codable {
    case idle, minted
  }

  /// Reads the state from an object whose `state` names it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Name.self, forKey: .state) {
    case .idle:
      self = .idle
    case .minted:
      self = .minted(
        Candidate(
          token: try container.decode(SealedToken.self, forKey: .candidate),
          mintedAt: try container.decodeDate(forKey: .mintedAt)))
    }
  }

  /// Writes the state as an object whose `state` names it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .idle:
      try container.encode(Name.idle, forKey: .state)
    case .minted(let candidate):
      try container.encode(Name.minted, forKey: .state)
      try container.encode(candidate.token, forKey: .candidate)
      try container.encode(InternetDate.rfc3339(candidate.mintedAt), forKey: .mintedAt)
    }
  }
}
