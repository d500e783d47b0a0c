import LoopbackSupport
import TokenRotation

/// When a worker is killed: at any moment, or shortly after it tells of a write that led into a certain state.
///
/// A rotation that comes after an interrupted one waits before its first call, and next to that wait all else is short:
/// moments of which none is aimed would nearly all be in it.
struct KillMoment {
  private let target: RotationPhase?
  private let delay: Duration
  private let limit: Duration

  init(within span: Duration, using random: inout some RandomNumberGenerator) {
    let targets: [RotationPhase?] = [
      nil, nil, .creating, .minted, .promoting, .discarding, .discarding, .discarding,
    ]
    target = targets.randomElement(using: &random) ?? nil
    // About a call and the write after it.
    delay =
      target == nil
      ? span * Double.random(in: 0..<1, using: &random) : .microseconds(Int.random(in: 0..<25_000, using: &random))
    limit = span * 3
  }

  /// Returns at that moment; for a state that the worker does not come to, after some time.
  func wait(for worker: ChildProcess) async {
    if let target {
      await withTaskGroup { group in
        group.addTask {
          _ = await worker.standardOutput.first { TenureWrite(line: $0)?.phase == target.rawValue }
        }
        group.addTask { [limit] in try? await Task.sleep(for: limit) }
        await group.next()
        group.cancelAll()
      }
    }
    try? await Task.sleep(for: delay)
  }
}
