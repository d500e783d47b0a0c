#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A TCP socket whose calls block the thread that makes them.
package final class Socket: Sendable {
  /// What a system call failed with.
  package struct Failure: Error, Sendable {
    package let code: Int32
  }

  let descriptor: Int32
  private let isClosed = Lock(false)

  private init(descriptor: Int32) {
    self.descriptor = descriptor
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    #if canImport(Darwin)
    setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
    #endif
  }

  deinit { close() }

  /// A socket that listens on a free port of 127.0.0.1.
  ///
  /// - Parameter backlog: How many connections come up before one is accepted; the system adds one.
  package static func listening(backlog: Int32 = 1024) throws -> (socket: Socket, port: Int) {
    let (socket, port) = try reserving()
    try check(listen(socket.descriptor, backlog))
    return (socket, port)
  }

  /// A socket that has a port of 127.0.0.1 to itself without listening: who connects is refused, as long as it is open.
  package static func reserving() throws -> (socket: Socket, port: Int) {
    let socket = try make()
    var address = loopback(port: 0)
    try check(withAddress(&address) { bind(socket.descriptor, $0, $1) })
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    try withUnsafeMutablePointer(to: &address) {
      try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try check(getsockname(socket.descriptor, $0, &size))
      }
    }
    return (socket, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// A socket connected to a port of 127.0.0.1.
  package static func connected(toPort port: Int) throws -> Socket {
    let socket = try make()
    var address = loopback(port: UInt16(port))
    try check(withAddress(&address) { connect(socket.descriptor, $0, $1) })
    return socket
  }

  /// The next connection that somebody makes to this listening socket; nil once it has been shut down.
  package func accept() -> Socket? {
    while true {
      #if canImport(Glibc)
      let accepted = Glibc.accept(descriptor, nil, nil)
      #else
      let accepted = Darwin.accept(descriptor, nil, nil)
      #endif
      if accepted >= 0 { return Socket(descriptor: accepted) }
      if errno != EINTR && errno != ECONNABORTED { return nil }
    }
  }

  /// The next bytes; none at the end of the stream.
  package func read() throws -> [UInt8] { try Self.read(fromDescriptor: descriptor) }

  /// The next bytes of a socket or a pipe; none at the end.
  static func read(fromDescriptor descriptor: Int32) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      #if canImport(Glibc)
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      #else
      let count = Darwin.read(descriptor, &buffer, buffer.count)
      #endif
      if count >= 0 { return Array(buffer[..<count]) }
      if errno != EINTR { throw Failure(code: errno) }
    }
  }

  package func write(_ bytes: some Collection<UInt8>) throws {
    var rest = ArraySlice(Array(bytes))
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Self.noSignal) }
      if count < 0, errno != EINTR { throw Failure(code: errno) }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// How long a read or a write may block.
  package func limit(to duration: Duration) throws {
    let (seconds, attoseconds) = duration.components
    var limit = timeval()
    limit.tv_sec = .init(seconds)
    limit.tv_usec = .init(max(attoseconds / 1_000_000_000_000, seconds == 0 ? 1 : 0))
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      try Self.check(setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size)))
    }
  }

  /// Has calls fail rather than block, as a program that is given the socket may expect.
  func setNonblocking() {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  /// Ends both directions, whoever is blocked in them; the descriptor stays until ``close()``.
  package func shutDown() {
    isClosed.withLock { if !$0 { _ = shutdown(descriptor, Int32(SHUT_RDWR)) } }
  }

  /// Says that nothing more will be written, while the other side may go on.
  package func endWriting() {
    isClosed.withLock { if !$0 { _ = shutdown(descriptor, Int32(SHUT_WR)) } }
  }

  /// Has the closing of the socket reset the connection instead of ending it.
  package func resetWhenClosed() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
  }

  /// Closes the socket; nobody may be blocked in it.
  package func close() {
    isClosed.withLock { isClosed in
      guard !isClosed else { return }
      isClosed = true
      #if canImport(Glibc)
      _ = Glibc.close(descriptor)
      #else
      _ = Darwin.close(descriptor)
      #endif
    }
  }

  #if canImport(Glibc)
  private static let streamType = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
  private static let noSignal = Int32(MSG_NOSIGNAL)
  #else
  private static let streamType = SOCK_STREAM
  private static let noSignal: Int32 = 0
  #endif

  private static func make() throws -> Socket {
    let descriptor = socket(AF_INET, streamType, 0)
    guard descriptor >= 0 else { throw Failure(code: errno) }
    return Socket(descriptor: descriptor)
  }

  private static func check(_ result: Int32) throws {
    guard result == 0 else { throw Failure(code: errno) }
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  private static func withAddress(
    _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}
