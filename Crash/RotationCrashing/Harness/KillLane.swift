import Foundation
import LoopbackSupport
import TokenRotation
import TokenRotationSimulator

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One provider, and its worker: killed, resumed, judged, and killed again.
struct KillLane {
  private enum End {
    case killed
    case over
  }

  /// About two rotations.
  private static let workSpan = Duration.milliseconds(400)
  /// About what taking over takes.
  private static let resumeSpan = Duration.milliseconds(1200)
  /// After which a worker that ought to end by itself hangs.
  private static let patience = Duration.seconds(30)
  /// How many workers in a row may try to bring a provider to rest.
  private static let attempts = 4

  let site: Site
  let provider: Site.Provider
  let progress: KillProgress
  var random: SeededRandomNumberGenerator

  /// Goes on until there are no kills left.
  mutating func run() async throws {
    while progress.takeKill() {
      _ = try await kill(.work, within: Self.workSpan)
      try await settle()
    }
  }

  /// Has one process after the other resume, some of them killed as well, until all is well.
  private mutating func settle() async throws {
    var attempts = 0
    var isByPerson = false
    while attempts < Self.attempts {
      let server = progress.serverState
      let operation: WorkerTask.Operation =
        isByPerson ? .person : Int.random(in: 0..<6, using: &random) == 0 ? .update : .resume
      if Bool.random(using: &random), progress.takeKill() {
        if try await kill(operation, within: Self.resumeSpan) == .killed {
          isByPerson = false
          continue
        }
      } else {
        try await finish(operation)
      }
      // Whom the store was taken away from is given another chance.
      if !server.isDown, server == progress.serverState { attempts += 1 }
      let look = try await site.look(at: provider)
      judge(look, after: "\(operation.rawValue)")
      if look.isWell { return }
      isByPerson = look.phase == .quarantined
      if let reason = look.record.rotation.quarantine, operation != .person {
        progress.count { $0.quarantines[reason, default: 0] += 1 }
        // Nothing was taken away at Twilio, so something has to be found that works.
        if reason == .nothingWorks { break }
      }
    }
    progress.count { $0.stuck += 1 }
    try await repair()
  }

  /// Starts a worker and kills it at a moment of its life.
  private mutating func kill(_ operation: WorkerTask.Operation, within span: Duration) async throws -> End {
    let worker = try await start(operation)
    let moment = KillMoment(within: span, using: &random)
    await moment.wait(for: worker)
    worker.send(SIGKILL)
    let status = await worker.waitForEnd()
    await countFailures(of: worker)
    guard status == 128 + SIGKILL else {
      progress.giveKillBack()
      guard operation != .work else { throw CrashFailure("A worker ended by itself with status \(status).") }
      return .over
    }
    let look = try await site.look(at: provider)
    progress.count { $0.states[look.phase, default: 0] += 1 }
    judge(look, after: "a kill in \(look.phase.rawValue)")
    return .killed
  }

  /// Lets a worker end by itself.
  private mutating func finish(_ operation: WorkerTask.Operation) async throws {
    let worker = try await start(operation)
    let watch = Task {
      try await Task.sleep(for: Self.patience)
      worker.send(SIGKILL)
    }
    await worker.waitForEnd()
    watch.cancel()
    await countFailures(of: worker)
  }

  private mutating func start(_ operation: WorkerTask.Operation) async throws -> ChildProcess {
    while true {
      let worker = try site.worker(operation, on: [provider], seed: random.next())
      if await worker.standardOutput.first(where: { $0 == "ready" }) != nil { return worker }
      let words = await worker.standardOutput.all() + worker.standardError.all()
      guard site.store.isServer, words.contains(where: { $0.contains("database") }) else {
        throw CrashFailure("A worker does not start: \(words.joined(separator: " "))")
      }
      // The server is on its way.
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  private func countFailures(of worker: ChildProcess) async {
    let codes = await worker.standardOutput.all().compactMap { $0.hasPrefix("failed ") ? String($0.dropFirst(7)) : nil }
    progress.count { tally in for code in codes { tally.failures[code, default: 0] += 1 } }
  }

  private func judge(_ look: Look, after event: String) {
    guard look.isLost else { return }
    progress.count { $0.lost += 1 }
    progress.tell("lost after \(event): Twilio accepts none of the \(look.held.all.count) tokens of \(provider.id)")
  }

  /// Makes the provider usable again after a failure, so that the run can go on to others.
  private mutating func repair() async throws {
    let look = try await site.look(at: provider)
    progress.tell(
      "stuck: \(provider.id) is \(look.phase.rawValue), quarantine \(look.record.rotation.quarantine?.rawValue ?? "none"), "
        + "primary stored: \(look.held.current.equals(look.account.primary)), "
        + "stop: \(look.record.rotation.stop?.rawValue ?? "none"); evidence:\n"
        + look.record.rotation.evidence.map { "    \($0)" }.joined(separator: "\n"))
    try await finish(.update)
  }
}
