import CTokenRotationCurl

/// One `CURLM` handle: many requests, and the connections that they share.
///
/// It belongs to one thread at a time. libcurl says which sockets it wants to hear of, which goes to the
/// ``SocketWatch`` by way of ``SocketWishes``, and when it wants to be called at the latest, which is kept in
/// ``dueTime``.
@safe
final class MultiHandle {
  private let pointer: UnsafeMutableRawPointer
  private let wishes: Wishes

  /// What libcurl calls back; an object of its own, because it does so even while the handle is released.
  private final class Wishes {
    var sockets: SocketWishes
    var dueTime: ContinuousClock.Instant?

    init(_ watch: SocketWatch) { sockets = SocketWishes(watch) }
  }

  init(reporting watch: SocketWatch) throws {
    guard let pointer = unsafe curl_multi_init() else { throw CurlError(code: CURLE_FAILED_INIT) }
    unsafe self.pointer = pointer
    wishes = Wishes(watch)
    try unsafe CurlMultiError.check(
      tokenRotationSetMultiReceivers(pointer, Self.socketWish, Self.timerWish, receiver))
  }

  deinit {
    // All easy handles have been removed, so nothing but a broken handle can be answered, and nobody is left to tell.
    let code = unsafe curl_multi_cleanup(pointer)
    assert(code == CURLM_OK)
  }

  private var receiver: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(wishes).toOpaque() }

  func set(_ option: CURLMoption, _ value: Int) throws(CurlMultiError) {
    try CurlMultiError.check(unsafe tokenRotationSetMultiNumber(pointer, option, value))
  }

  func add(_ handle: EasyHandle) throws {
    try unsafe handle.reportSockets(to: receiver, opened: Self.socketOpened, closed: Self.socketClosed)
    try CurlMultiError.check(unsafe curl_multi_add_handle(pointer, handle.pointer))
  }

  func remove(_ handle: EasyHandle) throws(CurlMultiError) {
    try CurlMultiError.check(unsafe curl_multi_remove_handle(pointer, handle.pointer))
  }

  /// When ``actOnTime()`` has to be called at the latest; nil if time alone changes nothing.
  var dueTime: ContinuousClock.Instant? { wishes.dueTime }

  /// Does what was to be done by now.
  func actOnTime() throws(CurlMultiError) {
    // Set anew by libcurl if there is more.
    wishes.dueTime = nil
    try act(CURL_SOCKET_BAD, 0)
  }

  /// Does what can be done now that a socket is ready.
  func act(on ready: TokenRotationReady) throws(CurlMultiError) {
    guard wishes.sockets.isWanted(ready.socket) else { return }
    try act(ready.socket, ready.events)
  }

  private func act(_ socket: curl_socket_t, _ events: Int32) throws(CurlMultiError) {
    var running: Int32 = 0
    try CurlMultiError.check(unsafe curl_multi_socket_action(pointer, socket, events, &running))
  }

  /// A transfer that is through: what its easy handle reports to, and how it ended.
  func nextFinished() throws(CurlError) -> (receiver: UnsafeMutableRawPointer?, code: CURLcode)? {
    var remaining: Int32 = 0
    while let message = unsafe curl_multi_info_read(pointer, &remaining) {
      guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
      let code = unsafe message.pointee.data.result
      var receiver: UnsafeMutableRawPointer?
      try CurlError.check(
        unsafe tokenRotationGetPointer(message.pointee.easy_handle, CURLINFO_PRIVATE, &receiver))
      return unsafe (receiver, code)
    }
    return nil
  }

  private static func wishes(_ receiver: UnsafeMutableRawPointer) -> Wishes {
    unsafe Unmanaged<Wishes>.fromOpaque(receiver).takeUnretainedValue()
  }

  private static let socketWish: curl_socket_callback = { _, socket, what, receiver, _ in
    guard let receiver = unsafe receiver else { return -1 }
    return unsafe wishes(receiver).sockets.set(socket, to: what) ? 0 : -1
  }

  private static let timerWish: curl_multi_timer_callback = { _, milliseconds, receiver in
    guard let receiver = unsafe receiver else { return -1 }
    unsafe wishes(receiver).dueTime = milliseconds < 0 ? nil : .now.advanced(by: .milliseconds(milliseconds))
    return 0
  }

  private static let socketOpened: curl_sockopt_callback = { receiver, socket, _ in
    if let receiver = unsafe receiver { unsafe wishes(receiver).sockets.opened(socket) }
    return CURL_SOCKOPT_OK
  }

  private static let socketClosed: curl_closesocket_callback = { receiver, socket in
    if let receiver = unsafe receiver { unsafe wishes(receiver).sockets.closed(socket) }
    return closeSocket(socket)
  }
}
