/// A dictionary that forgets what was not used for longest once there is too much of it.
///
/// Two halves: what is used moves to the young one, and when that is full, the other is forgotten as a whole. So using an
/// entry costs a look-up, and what is forgotten is one of the less recently used half, not always the very last.
struct RecentlyUsed<Key: Hashable, Value> {
  private let limit: Int
  private var young: [Key: Value] = [:]
  private var old: [Key: Value] = [:]

  /// Makes an empty one that holds `limit` values and at least one.
  init(limit: Int) { self.limit = max(1, limit) }

  /// How many values there are.
  var count: Int { young.count + old.count }

  /// The value for a key, which counts as used.
  mutating func use(_ key: Key) -> Value? {
    if let value = young[key] { return value }
    guard let value = old.removeValue(forKey: key) else { return nil }
    insert(value, for: key)
    return value
  }

  /// The value for a key, which does not count as used by that.
  func peek(_ key: Key) -> Value? { young[key] ?? old[key] }

  /// Adds a value, or replaces the one that is there.
  mutating func insert(_ value: Value, for key: Key) {
    old[key] = nil
    if young[key] == nil, young.count >= max(1, limit / 2) {
      old = limit == 1 ? [:] : young
      young = [:]
    }
    young[key] = value
  }

  /// Forgets what `condition` holds of.
  mutating func removeAll(where condition: (Value) -> Bool) {
    young = young.filter { !condition($0.value) }
    old = old.filter { !condition($0.value) }
  }

  /// Does something to each value.
  func forEach(_ body: (Value) -> Void) {
    young.values.forEach(body)
    old.values.forEach(body)
  }
}
