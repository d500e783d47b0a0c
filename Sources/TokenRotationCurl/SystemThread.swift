#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A thread of the operating system, for what may not hold up the threads that Swift's tasks share.
enum SystemThread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs `body` on a new thread, which ends with it; nobody has to wait for it.
  ///
  /// - Returns: False if the system gave no thread; `body` is released then.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let argument = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    guard unsafe create(argument) == 0 else {
      unsafe Unmanaged<Work>.fromOpaque(argument).release()
      return false
    }
    return true
  }

  private static func create(_ argument: UnsafeMutableRawPointer) -> Int32 {
    // Signals belong to the host's own threads. A new thread inherits the mask, so there is no moment without it.
    var every = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&every)
    let refusal = unsafe pthread_sigmask(SIG_SETMASK, &every, &before)
    if refusal != 0 { return refusal }
    let code = unsafe createDetached(argument)
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    return code
  }

  private static func createDetached(_ argument: UnsafeMutableRawPointer) -> Int32 {
    #if canImport(Darwin)
    var thread: pthread_t?
    let code = unsafe pthread_create(&thread, nil, { unsafe runWork($0) }, argument)
    if code == 0, let thread { pthread_detach(thread) }
    #else
    var thread = pthread_t()
    let code = unsafe pthread_create(&thread, nil, runWork, argument)
    if code == 0 { pthread_detach(thread) }
    #endif
    return code
  }

  private static let runWork: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    guard let argument = unsafe argument else { return nil }
    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
    return nil
  }
}

/// What has to be known of a file before libcurl is given its name.
enum SystemFile {
  static func isReadable(_ path: String) -> Bool {
    unsafe access(path, R_OK) == 0
  }
}
