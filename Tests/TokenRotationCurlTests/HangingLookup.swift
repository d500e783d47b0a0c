import CInterposition
import Foundation
import LoopbackSupport

/// Names that the machine's resolver is not asked for.
enum OwnNames {
  /// Has names below `hanging.test` hang, and those below `loopback.test` stand for 127.0.0.1.
  static let areKnown: Void = interposeLookUps { name in
    guard let name = name.map({ String(cString: $0) }) else { return nil }
    if name.hasSuffix(".loopback.test") { return OwnNames.loopback }
    guard name.hasSuffix(".hanging.test") else { return nil }
    HangingLookup.hang(name)
    return OwnNames.nowhere
  }

  // They stay for good, as C wants it.
  nonisolated(unsafe) private static let loopback = UnsafePointer(strdup("127.0.0.1"))
  nonisolated(unsafe) private static let nowhere = UnsafePointer(strdup("no address"))
}

/// A name whose look-up hangs until it is released.
final class HangingLookup: Sendable {
  private static let all = Lock<[String: HangingLookup]>([:])
  /// Only so that a test of code that waits fails instead of hanging itself.
  private static let patience = DispatchTimeInterval.seconds(30)

  let name = "\(UUID().uuidString.lowercased()).hanging.test"
  let begun = Signal()
  private let released = DispatchGroup()
  private let number = Lock(0)

  init() {
    OwnNames.areKnown
    released.enter()
    Self.all.withLock { $0[name] = self }
  }

  /// How many look-ups of the name hang at present.
  var hanging: Int { number.withLock { $0 } }

  /// Lets all of them fail.
  func release() {
    if Self.all.withLock({ $0.removeValue(forKey: name) }) != nil { released.leave() }
  }

  fileprivate static func hang(_ name: String) {
    guard let lookup = all.withLock({ $0[name] }) else { return }
    lookup.number.withLock { $0 += 1 }
    lookup.begun.send()
    _ = lookup.released.wait(timeout: .now() + patience)
    lookup.number.withLock { $0 -= 1 }
  }
}
