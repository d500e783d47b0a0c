import Synchronization
import TokenRotationCore

/// What several workers did with one record at the same time, and whether it could have happened one after the other.
///
/// The record is a register with compare-and-swap. Each write that took effect names the revision before it, so the
/// order of the writes is known, and linearizability comes down to this: the writes form one chain, and nothing that
/// ended before something else began comes later in that chain.
struct RegisterHistory: Sendable {
  /// What was asked, and what came of it.
  enum Event: Hashable, Sendable {
    case read(Revision)
    case replaced(Revision, by: Revision)
    case refused(Revision)
  }

  struct Entry: Hashable, Sendable {
    /// Moments on a clock that ticks with every beginning and end.
    let start: Int
    let end: Int
    let event: Event
  }

  let initial: Revision
  let entries: [Entry]

  /// Says why no order of the entries explains them; nil if one does.
  var flaw: String? {
    var successor: [Revision: Revision] = [:]
    for case .replaced(let before, let after) in entries.map(\.event) {
      if let rival = successor.updateValue(after, forKey: before) {
        return "Two writes replaced revision \(before): by \(rival) and by \(after). One of them was lost."
      }
    }
    var position = [initial: 0]
    var last = initial
    while let next = successor[last] {
      if position[next] != nil { return "Revision \(next) was given twice." }
      position[next] = position.count
      last = next
    }
    if let stray = successor.first(where: { position[$0.value] == nil }) {
      return "A write replaced revision \(stray.key), which the record never had at that time."
    }
    return orderFlaw(position)
  }

  /// Looks for entries that ended before another began and yet come after it.
  ///
  /// A state has the place 2n for the write that made it and 2n+1 for whatever only saw it. The place of a refused write
  /// is free but for the state that it should have replaced; it is given the first place that it can have, which hinders
  /// the later ones least.
  private func orderFlaw(_ position: [Revision: Int]) -> String? {
    var placed: [(entry: Entry, place: Int)] = []
    for entry in entries {
      switch entry.event {
      case .read(let revision):
        guard let index = position[revision] else { return "Revision \(revision) was read, and nobody wrote it." }
        placed.append((entry, 2 * index + 1))
      case .replaced(_, let after):
        placed.append((entry, 2 * (position[after] ?? 0)))
      case .refused: break
      }
    }
    for later in placed {
      if let earlier = placed.first(where: { $0.entry.end < later.entry.start && $0.place > later.place }) {
        return "\(later.entry.event) began after \(earlier.entry.event) had ended, and shows an older state."
      }
    }
    for entry in entries.sorted(by: { $0.start < $1.start }) {
      guard case .refused(let expected) = entry.event else { continue }
      let known = placed.filter { $0.entry.end < entry.start }.map(\.place).max() ?? 1
      let limit = placed.filter { entry.end < $0.entry.start }.map(\.place).min() ?? 2 * position.count
      var place = known | 1
      if let index = position[expected], place == 2 * index + 1 { place += 2 }
      guard place < min(limit + 1, 2 * position.count) else {
        return "A write was refused although the record had the revision \(expected) all the while."
      }
      placed.append((entry, place))
    }
    return nil
  }
}

/// Records what several workers do.
final class RegisterRecorder: Sendable {
  private struct State {
    var clock = 0
    var entries: [RegisterHistory.Entry] = []
  }

  private let state = Mutex(State())

  func history(from initial: Revision) -> RegisterHistory {
    state.withLock { RegisterHistory(initial: initial, entries: $0.entries) }
  }

  /// Reads the record, and notes the revision.
  func read(_ id: ProviderID, in store: any ProviderStore) async throws -> StoredRecord? {
    let start = tick()
    let stored = try await store.read(id)
    if let stored { note(.read(stored.revision), since: start) }
    return stored
  }

  /// Replaces the record, and notes whether it took place.
  ///
  /// - Returns: Nil if it was refused.
  func replace(
    _ record: ProviderRecord, ifRevision revision: Revision, in store: any ProviderStore
  ) async throws -> StoredRecord? {
    let start = tick()
    do {
      let stored = try await store.replace(record, ifRevision: revision)
      note(.replaced(revision, by: stored.revision), since: start)
      return stored
    } catch let error as TokenRotationError where error.code == .storeConflict {
      note(.refused(revision), since: start)
      return nil
    }
  }

  private func tick() -> Int {
    state.withLock { state in
      state.clock += 1
      return state.clock
    }
  }

  private func note(_ event: RegisterHistory.Event, since start: Int) {
    state.withLock { state in
      state.clock += 1
      state.entries.append(.init(start: start, end: state.clock, event: event))
    }
  }
}
