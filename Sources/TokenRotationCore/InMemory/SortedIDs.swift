/// Ids in their order, in chunks, so that neither adding one nor going on from one takes longer than looking one up where
/// there are many.
struct SortedIDs {
  /// How many ids a chunk has at most.
  private static let limit = 512

  /// None of them is empty.
  private var chunks: [[ProviderID]] = []

  /// Adds an id that is not there.
  mutating func insert(_ id: ProviderID) {
    guard !chunks.isEmpty else {
      chunks = [[id]]
      return
    }
    let number = chunk(of: id)
    chunks[number].insert(id, at: chunks[number].firstIndex(after: id) { $0 })
    guard chunks[number].count > Self.limit else { return }
    let half = chunks[number].count / 2
    chunks.insert(Array(chunks[number][half...]), at: number + 1)
    chunks[number].removeSubrange(half...)
  }

  /// Takes an id away that is there.
  mutating func remove(_ id: ProviderID) {
    let number = chunk(of: id)
    let index = chunks[number].firstIndex(after: id) { $0 } - 1
    chunks[number].remove(at: index)
    if chunks[number].isEmpty { chunks.remove(at: number) }
  }

  /// The ids that follow one, at most so many; all from the first one on for nil.
  func following(_ id: ProviderID?, limit: Int) -> [ProviderID] {
    guard !chunks.isEmpty else { return [] }
    var number = id.map(chunk) ?? 0
    var index = id.map { chunks[number].firstIndex(after: $0) { $0 } } ?? 0
    var found: [ProviderID] = []
    while number < chunks.count, found.count < limit {
      found += chunks[number][index...].prefix(limit - found.count)
      (number, index) = (number + 1, 0)
    }
    return found
  }

  /// The last chunk that begins with this id or one before it, or else the first one.
  private func chunk(of id: ProviderID) -> Int {
    max(0, chunks.firstIndex(after: id) { $0[0] } - 1)
  }
}

extension Array {
  /// Where the first element stands whose id comes after this one.
  fileprivate func firstIndex(after id: ProviderID, _ idOf: (Element) -> ProviderID) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if id < idOf(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
