import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A program that runs beside the tests and never outlives them.
///
/// It ends when this is released, and also when the test process itself is killed: a shell that waits at the other end
/// of a pipe notices and ends it.
package final class ChildProcess: Sendable {
  /// Something that the system refused.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Starts a watcher and turns into the program, which so has the process id that was spawned.
  ///
  /// The pipe ends with a line if all is well, without one if the tests are gone. The sockets are the program's alone.
  private static let guarding = """
    exec 9<&0 </dev/null
    (exec >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- 7<&- 8<&-; read -r line <&9 || kill -TERM $$) &
    exec 9<&-
    exec "$@"
    """

  package let standardOutput = OutputLines()
  package let standardError = OutputLines()
  private let core: Core
  private let lifeline: FileHandle

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - program: Its name, to be found in `PATH` or among the system's programs.
  ///   - arguments: Without its name.
  ///   - environment: Added to that of the tests.
  ///   - sockets: Given to it as the descriptors 3, 4 and so on, six at most.
  ///   - folder: Kept until it has ended.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], sockets: [Socket] = [],
    folder: TemporaryFolder? = nil
  ) throws {
    precondition(sockets.count <= 6)
    let path = try InstalledProgram.path(of: program)
    let (input, output, error) = (Pipe(), Pipe(), Pipe())
    let streams = [
      input.fileHandleForReading, output.fileHandleForWriting, error.fileHandleForWriting,
    ].map(\.fileDescriptor)
    for pipe in [input, output, error] {
      for handle in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
        _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
      }
    }
    let identifier = try SpawnedProgram.start(
      "/bin/sh", ["-c", Self.guarding, program, path] + arguments,
      environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
      descriptors: streams + sockets.map(\.descriptor))
    core = Core(identifier)
    lifeline = input.fileHandleForWriting
    for handle in [input.fileHandleForReading, output.fileHandleForWriting, error.fileHandleForWriting] {
      try handle.close()
    }
    BlockingThread.start { [core] in withExtendedLifetime(folder) { core.reap() } }
    for (pipe, lines) in [(output, standardOutput), (error, standardError)] {
      BlockingThread.start { lines.readAll(of: pipe.fileHandleForReading) }
    }
  }

  deinit {
    core.send(SIGTERM)
    // The pipe may be broken, as a shell that has ended has closed it.
    try? lifeline.write(contentsOf: Array("\n".utf8))
    try? lifeline.close()
  }

  /// Sends a signal, unless the program has ended.
  package func send(_ signal: Int32) { core.send(signal) }

  /// Returns when the program has ended: its exit status, or 128 and the signal's number as shells have it.
  @discardableResult package func waitForEnd() async -> Int32 {
    await core.ended.wait()
    return core.status.withLock { $0 } ?? 0
  }

  /// Kept apart, so that the waiting thread does not keep the program alive.
  private final class Core: Sendable {
    private let identifier: pid_t
    let status = Lock<Int32?>(nil)
    let ended = Signal()

    init(_ identifier: pid_t) { self.identifier = identifier }

    /// A process id is good for as long as nobody has asked for the status, so both happen under one lock.
    func send(_ signal: Int32) {
      status.withLock { if $0 == nil { kill(identifier, signal) } }
    }

    func reap() {
      var information = siginfo_t()
      while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
      status.withLock { status in
        var value: Int32 = 0
        while waitpid(identifier, &value, 0) < 0, errno == EINTR {}
        let signal = value & 0x7f
        status = signal == 0 ? (value >> 8) & 0xff : 128 + signal
      }
      ended.send()
    }
  }
}
