import Foundation

/// One write of a record, as the process that made it tells: who held the record from then on, and for what.
package struct TenureWrite: Codable, Hashable, Sendable {
  package var provider: String
  package var revision: Int64
  /// The tenure's owner; nil if the write left the record to nobody.
  package var owner: String?
  package var beat: Int?
  package var phase: String
  /// The process that wrote.
  package var process: Int32
  /// When the write was begun, in nanoseconds on the clock that all processes share.
  package var began: UInt64

  package init(
    provider: String, revision: Int64, owner: String?, beat: Int?, phase: String, process: Int32, began: UInt64
  ) {
    self.provider = provider
    self.revision = revision
    self.owner = owner
    self.beat = beat
    self.phase = phase
    self.process = process
    self.began = began
  }
}

extension TenureWrite {
  private static let mark = "write "

  /// The line that tells of it.
  var line: String {
    get throws { Self.mark + String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
  }

  /// Reads a line; nil if it tells of something else.
  init?(line: String) {
    guard line.hasPrefix(Self.mark),
      let write = try? JSONDecoder().decode(Self.self, from: Data(line.dropFirst(Self.mark.count).utf8))
    else { return nil }
    self = write
  }
}

/// All writes of all processes: shows whether somebody took a record from a worker that was alive.
package struct TenureHistory: Sendable {
  /// A tenure that ended by another process's claim.
  package struct Takeover: Sendable {
    package let last: TenureWrite
    package let claim: TenureWrite

    /// From the owner's last sign of life to the claim.
    ///
    /// The owner counts on its lease from the moment at which it began to write, and whoever watches has seen the write
    /// no earlier.
    package var stoodStill: Duration {
      .nanoseconds(Int64(claim.began > last.began ? claim.began - last.began : 0))
    }
  }

  /// How many tenures there were.
  package let tenures: Int
  /// Those that another process ended.
  package let takeovers: [Takeover]
  /// Writes of a tenure that came after another one had taken the record over: the store should have refused them.
  package let late: [TenureWrite]

  package init(_ writes: [TenureWrite]) {
    var takeovers: [Takeover] = []
    var late: [TenureWrite] = []
    var owners: Set<String> = []
    // The store's revisions are the order in which the writes took place.
    for (_, writes) in Dictionary(grouping: writes, by: \.provider) {
      var over: Set<String> = []
      var last: TenureWrite?
      for write in writes.sorted(by: { $0.revision < $1.revision }) {
        if let owner = write.owner {
          owners.insert(owner)
          if over.contains(owner) { late.append(write) }
        }
        if let last, let owner = last.owner, owner != write.owner {
          over.insert(owner)
          if write.process != last.process { takeovers.append(Takeover(last: last, claim: write)) }
        }
        last = write
      }
    }
    tenures = owners.count
    self.takeovers = takeovers
    self.late = late
  }

  /// Takeovers from workers that had shown a sign of life within their lease.
  package func living(lease: Duration) -> [Takeover] {
    takeovers.filter { $0.stoodStill < lease }
  }
}
