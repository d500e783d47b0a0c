/// How many stored tokens each key seals.
///
/// Every sealed token counts: the current one of each provider, a candidate, and those that were given up while a rotation
/// was open.
public struct KeyUsage: Hashable, Sendable {
  /// A key, and how much it is used.
  public struct Key: Hashable, Sendable {
    /// Its name.
    public let id: SealingKeyID
    /// What the cipher does with it.
    public let role: Role
    /// How many stored tokens it seals.
    public let tokens: Int
  }

  /// What a cipher does with a key.
  public enum Role: String, Hashable, Sendable {
    /// It seals new tokens, and opens.
    case sealing
    /// It only opens.
    case opening
    /// Nothing: the cipher does not have it, and what it sealed cannot be opened.
    case missing
  }

  /// The cipher's keys, the one that seals first, and after them those that tokens are sealed with and it lacks.
  public let keys: [Key]
  /// Providers with a token of which nobody can tell the key: the record is damaged, or another cipher made the token.
  public let unattributed: [ProviderID]

  /// The keys that open and that no stored token needs.
  ///
  /// They may go once every process seals with the first key: one that does not could use an old key again at any time.
  /// Empty as long as there are ``unattributed`` providers.
  public var droppable: [SealingKeyID] {
    unattributed.isEmpty ? keys.filter { $0.role == .opening && $0.tokens == 0 }.map(\.id) : []
  }

  init(_ counts: [SealingKeyID: Int], unattributed: [ProviderID], of cipher: any KeyNamingTokenCipher) {
    let known = [cipher.sealingKeyID] + cipher.openingKeyIDs
    let missing = Set(counts.keys).subtracting(known).sorted()
    self.unattributed = unattributed
    keys = (known + missing).enumerated().map { number, id in
      Key(
        id: id, role: number == 0 ? .sealing : number < known.count ? .opening : .missing, tokens: counts[id] ?? 0)
    }
  }

  /// Expects the cipher to have every key that is used.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keyMissing``.
  func requireComplete() throws {
    let missing = keys.filter { $0.role == .missing }
    guard missing.isEmpty else {
      throw TokenRotationError(
        .keyMissing,
        "The keyring lacks keys that stored tokens are sealed with: "
          + missing.map { "\($0.id) (\($0.tokens.counted("token")))" }.joined(separator: ", ")
          + ". Put them back behind the first one.")
    }
  }

  /// Expects that a key can be dropped.
  ///
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/keyInUse`` or
  ///   ``TokenRotationError/Code/recordUnreadable``.
  func requireUnused(_ id: SealingKeyID) throws {
    let key = keys.first { $0.id == id }
    guard key?.role != .sealing else {
      throw TokenRotationError(
        .keyInUse, "The key \(id) seals new tokens. Put another one before it, and rewrap the tokens.")
    }
    if let tokens = key?.tokens, tokens > 0 {
      throw TokenRotationError(
        .keyInUse, "The key \(id) still seals \(tokens.counted("stored token")). Rewrap them before it goes.")
    }
    if let first = unattributed.first {
      throw TokenRotationError(
        .recordUnreadable,
        "Nobody can tell which key seals the tokens of \(unattributed.count.counted("provider")), among them \(first). "
          + "Restore or remove them before a key goes.")
    }
  }
}

extension Int {
  fileprivate func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
