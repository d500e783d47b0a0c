import CTokenRotationCurl
import TokenRotationCore

extension MultiHandle {
  convenience init(_ configuration: CurlTransport.Configuration, reporting watch: SocketWatch) throws {
    try self.init(reporting: watch)
    try set(CURLMOPT_MAXCONNECTS, configuration.maximumIdleConnections)
    try set(CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost ?? 0)
    try set(CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections ?? 0)
  }
}

extension EasyHandle {
  /// Sets what is the same for all requests.
  func apply(_ configuration: CurlTransport.Configuration) throws(CurlError) {
    // Signals belong to the host; without QUICK_EXIT a hanging name look-up would hold up whoever gives up on it.
    try set(CURLOPT_NOSIGNAL, true)
    try set(CURLOPT_QUICK_EXIT, true)
    try set(CURLOPT_NOPROGRESS, true)
    try set(CURLOPT_VERBOSE, false)
    try set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)

    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_FOLLOWLOCATION, false)
    try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    try set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
    try set(CURLOPT_PATH_AS_IS, true)
    // Says what is decompressed; the line that asks for it is one of the request's.
    try set(CURLOPT_ACCEPT_ENCODING, Self.acceptedEncodings)
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)

    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    try set(CURLOPT_SSL_VERIFYPEER, true)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    if let file = configuration.certificateAuthorityFile { try set(CURLOPT_CAINFO, file) }
    try apply(configuration.proxy, certificateAuthorityFile: configuration.certificateAuthorityFile)
    // For what is asked of a proxy; a request's line is in its list.
    if configuration.proxy != .none { try set(CURLOPT_USERAGENT, configuration.userAgent) }
  }

  static let acceptedEncodings = "gzip, deflate"

  private func apply(
    _ proxy: CurlTransport.Configuration.Proxy, certificateAuthorityFile: String?
  ) throws(CurlError) {
    try set(CURLOPT_PROXYAUTH, tokenRotationBasicAuthentication)
    try set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    try set(CURLOPT_PROXY_SSL_VERIFYPEER, true)
    try set(CURLOPT_PROXY_SSL_VERIFYHOST, 2)
    if let certificateAuthorityFile { try set(CURLOPT_PROXY_CAINFO, certificateAuthorityFile) }
    switch proxy {
    case .environment:
      break
    case .none:
      try set(CURLOPT_PROXY, "")
    case .server(let url, let credentials):
      try set(CURLOPT_PROXY, url)
      try set(CURLOPT_NOPROXY, "")
      if let credentials { try set(CURLOPT_PROXYUSERNAME, CURLOPT_PROXYPASSWORD, credentials) }
    }
  }

  /// Sets everything that one request may have different from the one before.
  func apply(
    _ checked: CheckedRequest, of request: TransportRequest, headerLines: HeaderList
  ) throws(CurlError) {
    try set(CURLOPT_HTTPHEADER, headerLines)
    // The kind comes after the body, because setting a body chooses a method by itself.
    switch checked.kind {
    case .withoutBody:
      try set(CURLOPT_HTTPGET, true)
      try set(CURLOPT_CUSTOMREQUEST, checked.method == "GET" ? nil : checked.method)
    case .head:
      try set(CURLOPT_HTTPGET, true)
      try set(CURLOPT_NOBODY, true)
      try set(CURLOPT_CUSTOMREQUEST, nil as String?)
    case .withBody:
      try setBody(request.body)
      try set(CURLOPT_POST, true)
      try set(CURLOPT_CUSTOMREQUEST, checked.method == "POST" ? nil : checked.method)
    }
    try shareConnections(request.mayBeSentAgain)
  }

  /// Says whether a request may go over a connection that others use, before it, after it or meanwhile.
  func shareConnections(_ mayShare: Bool) throws(CurlError) {
    // On a connection that was used before libcurl repeats a request silently if the connection turns out to be dead,
    // and over HTTP/2 also if the server resets the stream. A fresh one that nobody uses afterwards does neither.
    try set(CURLOPT_FRESH_CONNECT, !mayShare)
    try set(CURLOPT_FORBID_REUSE, !mayShare)
    try set(CURLOPT_HTTP_VERSION, mayShare ? Int(CURL_HTTP_VERSION_2TLS) : Int(CURL_HTTP_VERSION_1_1))
  }

  /// Takes back what belongs to one request: what its memory or its secrets were.
  func forgetRequest() throws(CurlError) {
    try set(CURLOPT_HTTPHEADER, nil as HeaderList?)
    try setBody(nil)
  }

  private func set(
    _ username: CURLoption, _ password: CURLoption, _ credentials: BasicCredentials
  ) throws(CurlError) {
    try set(username, credentials.username)
    try unsafe credentials.password.withUnsafeBytes { bytes throws(CurlError) in
      // A zero would end the password early: another one would be sent than the one that was given.
      guard unsafe !bytes.contains(0) else { throw CurlError(code: CURLE_BAD_FUNCTION_ARGUMENT) }
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 1)
      defer {
        unsafe SecretBytes.erase(copy)
        unsafe copy.deallocate()
      }
      unsafe copy.copyMemory(from: bytes)
      unsafe copy[bytes.count] = 0
      try unsafe set(password, zeroTerminated: UnsafeRawBufferPointer(copy))
    }
  }
}

extension Duration {
  /// Milliseconds, rounded up, within what libcurl takes.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
