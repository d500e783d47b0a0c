/// One thing that is measured: ours, and what a user would pick instead.
struct Contest: Sendable {
  /// One who takes part.
  struct Contender: Sendable {
    let name: String
    /// Sets it up; called only if it is wanted.
    let prepare: @Sendable () async throws -> any Workload
  }

  /// A contender, and what our figure has to be beside its.
  struct Peer: Sendable {
    let contender: Contender
    let bound: Bound

    init(_ name: String, _ bound: Bound, prepare: @escaping @Sendable () async throws -> any Workload) {
      contender = Contender(name: name, prepare: prepare)
      self.bound = bound
    }
  }

  let name: String
  let unit: Unit
  /// How many rounds, in each of which everyone has a turn.
  var rounds = 41
  /// How long a turn is about; nil for one operation each, not warmed up.
  var turn: Duration? = .milliseconds(60)
  let ours: Contender
  let peers: [Peer]

  init(
    _ name: String, _ unit: Unit, peers: [Peer], ours: @escaping @Sendable () async throws -> any Workload
  ) {
    self.name = name
    self.unit = unit
    self.ours = Contender(name: "ours", prepare: ours)
    self.peers = peers
  }

  /// The name of the line that tells how ours does beside a peer.
  func lineName(_ peer: Peer) -> String { "\(name)/\(peer.contender.name)" }
}
