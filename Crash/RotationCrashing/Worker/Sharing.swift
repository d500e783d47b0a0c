import Foundation
import LoopbackSupport
import TokenRotation
import TokenRotationSimulator

extension WorkerProcess {
  /// How many providers a worker has under way at a time.
  private static let concurrency = 6

  /// Rotates every provider, in an order of its own, while other processes do the same.
  mutating func share(_ ids: [ProviderID]) async throws {
    // While all others still have most of their way before them.
    var stalls = (0..<task.stalls).map { _ in Int.random(in: 0..<max(1, ids.count / 4), using: &random) }
    for _ in 0..<task.rounds {
      let order = ids.shuffled(using: &random)
      await withTaskGroup(of: Void.self) { group in
        for (position, id) in order.enumerated() {
          if position >= Self.concurrency { await group.next() }
          if let stall = stalls.firstIndex(of: position) {
            stalls.remove(at: stall)
            group.addTask { await Self.stall() }
          }
          // Half of those who find another worker at it try to take over from it.
          let wantsToTakeOver = Bool.random(using: &random)
          group.addTask { [providers] in
            do {
              try await providers.rotateAuthToken(of: id)
              say("rotated \(id)")
            } catch let error as TokenRotationError where error.code == .rotationInProgress && wantsToTakeOver {
              await Self.takeOver(id, providers)
            } catch {
              Self.sayRefused(error)
            }
          }
        }
      }
    }
  }

  /// Stands still for longer than the lease, as a process does on a machine that swaps: whoever is at work then finds out
  /// afterwards that another has the record.
  private static func stall() async {
    do {
      let identifier = ProcessInfo.processInfo.processIdentifier
      let time = try CrashTimings.shared().lease * 2 / .seconds(1)
      // By a process of its own, which also wakes this one if the harness is gone.
      try await InstalledProgram.run(
        "sh", ["-c", "kill -STOP \(identifier); sleep \(time); kill -CONT \(identifier)"])
    } catch {
      sayRefused(error)
    }
  }

  private static func takeOver(_ id: ProviderID, _ providers: TwilioProviders) async {
    do {
      try await providers.resumeRotation(of: id)
      say("resumed \(id)")
    } catch {
      sayRefused(error)
    }
  }

  private static func sayRefused(_ error: any Error) {
    say("refused \((error as? TokenRotationError)?.code.rawValue ?? "\(error)")")
  }
}
