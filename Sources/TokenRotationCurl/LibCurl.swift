import CTokenRotationCurl
import TokenRotationCore

/// What libcurl answered instead of `CURLE_OK`.
struct CurlError: Error, Equatable {
  let code: CURLcode

  /// libcurl's own words for the code; they never hold a value from a request.
  var text: String {
    unsafe String(cString: curl_easy_strerror(code))
  }

  /// Throws unless `code` says that all went well.
  static func check(_ code: CURLcode) throws(CurlError) {
    if code != CURLE_OK { throw CurlError(code: code) }
  }
}

/// What libcurl's multi interface answered instead of `CURLM_OK`.
struct CurlMultiError: Error, Equatable {
  let code: CURLMcode

  /// libcurl's own words for the code.
  var text: String {
    unsafe String(cString: curl_multi_strerror(code))
  }

  /// Throws unless `code` says that all went well.
  static func check(_ code: CURLMcode) throws(CurlMultiError) {
    if code != CURLM_OK { throw CurlMultiError(code: code) }
  }
}

/// libcurl as a whole.
enum LibCurl {
  /// The version that `CURLOPT_QUICK_EXIT` came with.
  private static let lowestVersion: UInt32 = 0x075700

  private static let start: CURLcode = {
    let code = tokenRotationGlobalInit()
    guard code == CURLE_OK else { return code }
    return tokenRotationCurlVersion() >= lowestVersion ? CURLE_OK : CURLE_NOT_BUILT_IN
  }()

  /// Sets libcurl up, once per process.
  static func initialize() throws(CurlError) {
    try CurlError.check(start)
  }
}

/// One `CURL` handle: the settings of a request, and the request itself while it runs.
///
/// A handle belongs to one thread at a time; whoever passes it on stops using it.
@safe
final class EasyHandle {
  fileprivate let pointer: UnsafeMutableRawPointer

  init() throws(CurlError) {
    guard let pointer = unsafe curl_easy_init() else { throw CurlError(code: CURLE_FAILED_INIT) }
    unsafe self.pointer = pointer
  }

  deinit {
    unsafe curl_easy_cleanup(pointer)
  }

  func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
    try CurlError.check(unsafe tokenRotationSetNumber(pointer, option, value))
  }

  func set(_ option: CURLoption, _ value: Bool) throws(CurlError) {
    try set(option, value ? 1 : 0)
  }

  /// Sets a text, which libcurl copies; nil takes an earlier one back.
  func set(_ option: CURLoption, _ value: String?) throws(CurlError) {
    guard let value else {
      return try CurlError.check(unsafe tokenRotationSetText(pointer, option, nil))
    }
    try CurlError.check(unsafe value.withCString { unsafe tokenRotationSetText(pointer, option, $0) })
  }

  /// Sets bytes that end with a zero, which libcurl copies.
  func set(_ option: CURLoption, zeroTerminated bytes: UnsafeRawBufferPointer) throws(CurlError) {
    let text = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress
    try CurlError.check(unsafe tokenRotationSetText(pointer, option, text))
  }

  /// Sets the list of header lines, which has to outlive its use; nil takes an earlier one back.
  func set(_ option: CURLoption, _ value: HeaderList?) throws(CurlError) {
    try CurlError.check(unsafe tokenRotationSetList(pointer, option, value?.pointer))
  }

  /// Sets the body, which libcurl copies; nil takes an earlier one back.
  func setBody(_ bytes: [UInt8]?) throws(CurlError) {
    guard let bytes else {
      try CurlError.check(unsafe tokenRotationSetSize(pointer, CURLOPT_POSTFIELDSIZE_LARGE, -1))
      return try CurlError.check(unsafe tokenRotationSetPointer(pointer, CURLOPT_COPYPOSTFIELDS, nil))
    }
    try CurlError.check(unsafe tokenRotationSetSize(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
    // Without an address, libcurl would ask a read callback for the body of length 0.
    let code =
      unsafe bytes.isEmpty
      ? "".withCString { unsafe tokenRotationSetPointer(pointer, CURLOPT_COPYPOSTFIELDS, $0) }
      : bytes.withUnsafeBytes { unsafe tokenRotationSetPointer(pointer, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
    try CurlError.check(code)
  }

  /// Has libcurl report to `receiver`, which has to live as long as this handle.
  func report(to receiver: UnsafeMutableRawPointer) throws(CurlError) {
    try CurlError.check(unsafe tokenRotationSetReceiver(pointer, CURLOPT_WRITEFUNCTION, Callbacks.body))
    try CurlError.check(unsafe tokenRotationSetPointer(pointer, CURLOPT_WRITEDATA, receiver))
    try CurlError.check(unsafe tokenRotationSetReceiver(pointer, CURLOPT_HEADERFUNCTION, Callbacks.headerLine))
    try CurlError.check(unsafe tokenRotationSetPointer(pointer, CURLOPT_HEADERDATA, receiver))
    try CurlError.check(unsafe tokenRotationSetPrerequest(pointer, Callbacks.requestGoesOut))
    try CurlError.check(unsafe tokenRotationSetPointer(pointer, CURLOPT_PREREQDATA, receiver))
    try CurlError.check(unsafe tokenRotationSetPointer(pointer, CURLOPT_PRIVATE, receiver))
  }

  func number(_ info: CURLINFO) throws(CurlError) -> Int {
    var value = 0
    try CurlError.check(unsafe tokenRotationGetNumber(pointer, info, &value))
    return value
  }
}

/// Header lines as libcurl takes them.
@safe
final class HeaderList {
  fileprivate private(set) var pointer: UnsafeMutablePointer<curl_slist>?

  deinit {
    unsafe curl_slist_free_all(pointer)
  }

  func append(_ line: String) throws(CurlError) {
    guard let longer = unsafe line.withCString({ unsafe curl_slist_append(pointer, $0) }) else {
      throw CurlError(code: CURLE_OUT_OF_MEMORY)
    }
    unsafe pointer = longer
  }
}

/// One `CURLM` handle: many requests on one thread, and the connections that they share.
// Unchecked, because a pointer is never Sendable: one thread at a time drives the handle, and `wakeUp`, the only call
// that another thread makes meanwhile, is made for that.
@safe
final class MultiHandle: @unchecked Sendable {
  private let pointer: UnsafeMutableRawPointer

  init() throws(CurlError) {
    guard let pointer = unsafe curl_multi_init() else { throw CurlError(code: CURLE_FAILED_INIT) }
    unsafe self.pointer = pointer
  }

  deinit {
    // All easy handles have been removed, so nothing but a broken handle can be answered, and nobody is left to tell.
    let code = unsafe curl_multi_cleanup(pointer)
    assert(code == CURLM_OK)
  }

  func set(_ option: CURLMoption, _ value: Int) throws(CurlMultiError) {
    try CurlMultiError.check(unsafe tokenRotationSetMultiNumber(pointer, option, value))
  }

  func add(_ handle: EasyHandle) throws(CurlMultiError) {
    try CurlMultiError.check(unsafe curl_multi_add_handle(pointer, handle.pointer))
  }

  func remove(_ handle: EasyHandle) throws(CurlMultiError) {
    try CurlMultiError.check(unsafe curl_multi_remove_handle(pointer, handle.pointer))
  }

  /// Does whatever can be done without waiting.
  func perform() throws(CurlMultiError) {
    var running: Int32 = 0
    try CurlMultiError.check(unsafe curl_multi_perform(pointer, &running))
  }

  /// Waits until a socket is ready, a timer of libcurl's is due, someone calls ``wakeUp()``, or the time is up.
  func poll(milliseconds: Int32) throws(CurlMultiError) {
    try CurlMultiError.check(unsafe curl_multi_poll(pointer, nil, 0, milliseconds, nil))
  }

  /// Ends the present poll, or else the next one.
  ///
  /// The one call that any thread may make at any time.
  func wakeUp() throws(CurlMultiError) {
    try CurlMultiError.check(unsafe curl_multi_wakeup(pointer))
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
}
