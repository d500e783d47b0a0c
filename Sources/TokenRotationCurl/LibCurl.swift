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
  /// The first version that writes TLS in a way that raises no signal, whichever thread it runs on.
  private static let lowestVersion: UInt32 = 0x075800

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
  let pointer: UnsafeMutableRawPointer

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

  /// Has `receiver` told of each socket that is opened for the connections that this handle makes, and of its end.
  ///
  /// - Parameter receiver: Has to live as long as those connections.
  func reportSockets(
    to receiver: UnsafeMutableRawPointer, opened: curl_sockopt_callback, closed: curl_closesocket_callback
  ) throws(CurlError) {
    try CurlError.check(unsafe tokenRotationSetSocketReceivers(pointer, opened, closed, receiver))
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

  /// Has libcurl report to `receiver`, and write to `answer`; both have to live as long as this handle.
  func report(to receiver: UnsafeMutableRawPointer, answer: UnsafeMutablePointer<Answer>) throws(CurlError) {
    try CurlError.check(unsafe tokenRotationSetReceiver(pointer, CURLOPT_WRITEFUNCTION, Callbacks.body))
    try CurlError.check(unsafe tokenRotationSetPointer(pointer, CURLOPT_WRITEDATA, answer))
    try CurlError.check(unsafe tokenRotationSetReceiver(pointer, CURLOPT_HEADERFUNCTION, Callbacks.headerLine))
    try CurlError.check(unsafe tokenRotationSetPointer(pointer, CURLOPT_HEADERDATA, answer))
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
