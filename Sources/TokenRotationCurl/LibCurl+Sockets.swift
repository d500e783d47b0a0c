import CTokenRotationCurl

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Waits for many sockets at once, while other threads add to them.
final class SocketWatch: Sendable {
  private let waker: Int32
  private let watch: Int32

  /// - Throws: ``CurlError`` if the system gives no descriptor.
  init() throws(CurlError) {
    waker = tokenRotationWatchWaker()
    guard waker >= 0 else { throw CurlError(code: CURLE_OUT_OF_MEMORY) }
    watch = tokenRotationWatchMake(waker)
    guard watch >= 0 else {
      close(waker)
      throw CurlError(code: CURLE_OUT_OF_MEMORY)
    }
  }

  deinit {
    close(watch)
    close(waker)
  }

  /// Says what a socket is waited for, in libcurl's words; false if the system refuses.
  func set(_ socket: curl_socket_t, to what: Int32) -> Bool {
    let code = tokenRotationWatchSocket(watch, socket, what)
    // One that is closed already is not watched any more.
    return code == 0 || what == CURL_POLL_REMOVE
  }

  /// Ends the present ``wait(into:milliseconds:)``, or else the next one.
  func wakeUp() {
    tokenRotationWatchWake(watch, waker)
  }

  /// Waits until a socket is ready, someone calls ``wakeUp()``, or the time is up; for ever, if that is negative.
  func wait(into ready: inout [TokenRotationReady], milliseconds: Int32) {
    ready = unsafe [TokenRotationReady](unsafeUninitializedCapacity: Int(tokenRotationWatchLimit)) { buffer, count in
      count = unsafe Int(tokenRotationWatchWait(watch, waker, buffer.baseAddress, milliseconds))
    }
  }
}
