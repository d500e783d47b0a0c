import Foundation

/// A value behind a lock that the thread sanitizer sees.
///
/// Into the standard library's `Mutex` it cannot look on Linux, and reports each of its uses.
// Unchecked, because the compiler cannot know what the lock guards: `value` is touched by `withLock` only.
package final class Lock<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  package init(_ value: Value) { self.value = value }

  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try lock.withLock { try body(&value) }
  }
}
