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

/// Tells a ``SocketWatch`` what libcurl wants to hear of, and leaves out what changes nothing.
///
/// libcurl takes its wish back at the end of each request, and says it again for the next one on the same connection;
/// over HTTP/2 each request says it. So a connection's socket stays watched for input while it is kept, and is taken out
/// only if something comes then. What that rests on is that libcurl tells of each such socket when it is opened and, once
/// its connection stands, when it is closed: a number may come again as that of another socket, and no longer be watched.
struct SocketWishes {
  private struct Socket {
    /// What it is watched for, in libcurl's words.
    var watched = CURL_POLL_NONE
    var isWanted = false
    /// Whether its end will be told.
    var isOfConnection = false
  }

  private let watch: SocketWatch
  /// By number; the system gives the lowest one that is free.
  private var sockets: [Socket] = []

  init(_ watch: SocketWatch) { self.watch = watch }

  /// Whether libcurl wants to hear of a socket that is ready; if not, it is not watched any more.
  mutating func isWanted(_ socket: curl_socket_t) -> Bool {
    let known = self[socket]
    guard known.isOfConnection, !known.isWanted else { return true }
    _ = watch.set(socket, to: CURL_POLL_REMOVE)
    self[socket].watched = CURL_POLL_NONE
    return false
  }

  /// Takes a wish; false if the system refuses.
  mutating func set(_ socket: curl_socket_t, to what: Int32) -> Bool {
    var known = self[socket]
    if known.isOfConnection, known.watched == CURL_POLL_IN, what == CURL_POLL_REMOVE {
      self[socket].isWanted = false
      return true
    }
    if !known.isOfConnection || known.watched != what {
      guard watch.set(socket, to: what) else { return false }
    }
    // One that is given up before it was connected may be closed without a word.
    known = what == CURL_POLL_REMOVE ? Socket() : known
    known.watched = what == CURL_POLL_REMOVE ? CURL_POLL_NONE : what
    known.isWanted = what != CURL_POLL_REMOVE
    self[socket] = known
    return true
  }

  /// Hears of a socket for a new connection.
  mutating func opened(_ socket: curl_socket_t) {
    self[socket] = Socket(isOfConnection: true)
  }

  /// Hears that a connection's socket is about to be closed.
  mutating func closed(_ socket: curl_socket_t) {
    self[socket] = Socket()
  }

  private subscript(_ socket: curl_socket_t) -> Socket {
    get { sockets.indices.contains(Int(socket)) ? sockets[Int(socket)] : Socket() }
    set {
      while sockets.count <= Int(socket) { sockets.append(Socket()) }
      sockets[Int(socket)] = newValue
    }
  }
}

/// Closes a socket in libcurl's place, and answers 0 if that went well.
func closeSocket(_ socket: curl_socket_t) -> Int32 { close(socket) }
