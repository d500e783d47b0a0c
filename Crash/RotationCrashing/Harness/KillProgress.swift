import LoopbackSupport

/// What all lanes of a run share: how many kills are left, and what came of those before.
final class KillProgress: Sendable {
  /// Whether the store's server is there, and how often it was not before.
  struct ServerState: Equatable {
    var kills = 0
    var isDown = false
  }

  private struct State {
    var left: Int
    var server = ServerState()
    var tally = KillTally()
  }

  private static let enoughFailures = 3

  private let state: Lock<State>

  init(kills: Int) { state = Lock(State(left: kills)) }

  var tally: KillTally { state.withLock(\.tally) }

  var serverState: ServerState { state.withLock(\.server) }

  /// Tells all lanes that the store is not to be reached while `body` runs.
  func withServerDown(_ body: () async throws -> Void) async throws {
    state.withLock { $0.server = ServerState(kills: $0.server.kills + 1, isDown: true) }
    try await body()
    state.withLock { $0.server.isDown = false }
  }

  /// Takes one of the kills that are left; when enough went wrong, there are none.
  func takeKill() -> Bool {
    state.withLock { state in
      guard state.left > 0, state.tally.lost + state.tally.stuck < Self.enoughFailures else { return false }
      state.left -= 1
      return true
    }
  }

  /// The process had ended before it could be killed.
  func giveKillBack() { state.withLock { $0.left += 1 } }

  func count(_ change: (inout KillTally) -> Void) {
    let (before, after) = state.withLock { state in
      let before = state.tally.kills
      change(&state.tally)
      return (before, state.tally.kills)
    }
    if before / 100 < after / 100 { tell("\(after) kills") }
  }

  func tell(_ line: String) { say(line) }
}
