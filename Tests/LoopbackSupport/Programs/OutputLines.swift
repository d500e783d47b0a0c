import Foundation

/// What a program prints, line by line, to be waited for.
package final class OutputLines: Sendable {
  private struct State {
    var lines: [String] = []
    var hasEnded = false
    var waiting: [Signal] = []
  }

  private let state = Lock(State())

  package init() {}

  /// The first line that `isWanted`, as soon as it is there; nil if the program ended without it, or the task
  /// is cancelled.
  package func first(where isWanted: (String) -> Bool) async -> String? {
    var seen = 0
    while true {
      let (lines, hasEnded) = state.withLock { (Array($0.lines[seen...]), $0.hasEnded) }
      if let line = lines.first(where: isWanted) { return line }
      if hasEnded || Task.isCancelled { return nil }
      seen += lines.count
      await waitForMore(than: seen)
    }
  }

  /// All lines, once the program has ended.
  package func all() async -> [String] {
    _ = await first { _ in false }
    return state.withLock(\.lines)
  }

  func readAll(of handle: FileHandle) {
    var rest: [UInt8] = []
    // Foundation's own reading waits until it has as much as it was asked for.
    while let bytes = try? Socket.read(fromDescriptor: handle.fileDescriptor), !bytes.isEmpty {
      rest += bytes
      var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      rest = Array(lines.removeLast())
      add(lines.map { String(decoding: $0, as: UTF8.self) }, isEnd: false)
    }
    add(rest.isEmpty ? [] : [String(decoding: rest, as: UTF8.self)], isEnd: true)
    try? handle.close()
  }

  private func add(_ lines: [String], isEnd: Bool) {
    let waiting = state.withLock { state in
      state.lines += lines
      state.hasEnded = isEnd
      defer { state.waiting = [] }
      return state.waiting
    }
    for signal in waiting { signal.send() }
  }

  private func waitForMore(than seen: Int) async {
    let more = Signal()
    state.withLock { state in
      if state.lines.count > seen || state.hasEnded { more.send() } else { state.waiting.append(more) }
    }
    await more.wait()
  }
}
