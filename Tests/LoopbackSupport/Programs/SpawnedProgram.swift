import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Starting a program with exactly the descriptors that it is meant to have.
///
/// Foundation's `Process` would hand down the signal mask of the thread that calls it, and a thread of Swift's tasks has
/// every signal blocked: no program so started could be asked to end.
enum SpawnedProgram {
  /// Starts a program.
  ///
  /// - Parameters:
  ///   - path: Of the program.
  ///   - arguments: Without the path.
  ///   - environment: All of it.
  ///   - descriptors: What becomes 0, 1, 2 and so on; every other one is closed.
  /// - Returns: The process id.
  static func start(
    _ path: String, _ arguments: [String], environment: [String: String], descriptors: [Int32]
  ) throws -> pid_t {
    // Out of the way of those numbers first, or one could overwrite another before it has been copied.
    let copies = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 64) }
    defer { for copy in copies where copy >= 0 { close(copy) } }

    #if canImport(Darwin)
    var actions: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
    let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, copy) in copies.enumerated() { posix_spawn_file_actions_adddup2(&actions, copy, Int32(number)) }
    #if !canImport(Darwin)
    // libcurl leaves its sockets open to programs, and a connection ends only when nobody holds it any more. Closing a
    // number that is not in use does no harm, so a few more cover what other threads open meanwhile.
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
    for number in Int32(descriptors.count)..<(open.max() ?? 64) + 64 {
      posix_spawn_file_actions_addclose(&actions, number)
    }
    #endif

    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var every = sigset_t()
    sigfillset(&every)
    posix_spawnattr_setsigdefault(&attributes, &every)
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var identifier: pid_t = 0
    let code = withCStrings([path] + arguments) { arguments in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
        posix_spawn(&identifier, path, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw Socket.Failure(code: code) }
    return identifier
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
