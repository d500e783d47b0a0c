import TokenRotationCore

/// How far one of Twilio's nodes is behind: it takes an account's tokens for what they were that long ago.
///
/// What Twilio needs to make a changed token known everywhere is not documented, so code that is to be safe has to work
/// with any lag. Only knowing lags: what a call does, it does to the account as it is.
public struct NodeLag: Hashable, Sendable {
  /// How long ago the node's knowledge was right.
  public var delay: Duration

  /// Makes a lag.
  public init(_ delay: Duration) { self.delay = delay }

  /// A node that knows of every change at once.
  public static let none = NodeLag(.zero)
}

/// The two tokens that an account has at one moment.
struct TokenPair: Equatable, Sendable {
  var primary: AuthToken
  var secondary: AuthToken?

  /// Which of the two `token` is; nil if neither.
  func role(of token: AuthToken) -> TokenRole? {
    if token == primary { return .primary }
    return token == secondary ? .secondary : nil
  }
}

/// Every pair of tokens that an account has had, and since when.
///
/// Nothing is ever dropped from it: a lag may be made longer at any time, and a rotation adds some hundred bytes.
struct TokenHistory: Sendable {
  private let first: TokenPair
  private var changes: [(since: Duration, tokens: TokenPair)] = []

  init(_ tokens: TokenPair) { first = tokens }

  /// The tokens now.
  var latest: TokenPair { changes.last?.tokens ?? first }

  /// The tokens at `moment`; before the first change, those that the account began with.
  func tokens(at moment: Duration) -> TokenPair {
    changes.last { $0.since <= moment }?.tokens ?? first
  }

  mutating func record(_ tokens: TokenPair, since moment: Duration) {
    if tokens != latest { changes.append((moment, tokens)) }
  }
}
