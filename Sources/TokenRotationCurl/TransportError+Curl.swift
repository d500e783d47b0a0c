import CTokenRotationCurl
import TokenRotationCore

extension Transfer {
  /// The answer, once the transfer has ended.
  ///
  /// - Throws: `TransportError`, `CancellationError`.
  func response() throws -> TransportResponse {
    switch ending {
    case .cancelled:
      throw CancellationError()
    case .overdue:
      throw TransportError(CURLE_OPERATION_TIMEDOUT, of: self)
    case .unavailable:
      throw TransportError(
        .unavailable, delivery: requestMayHaveLeft ? .maybeSent : .notSent, detail: "The transport has been shut down")
    case .finished(CURLE_OK):
      // libcurl takes a head that breaks off within a line for the whole of it.
      guard answer.hasHead || answer.head.isEmpty else { throw TransportError(CURLE_PARTIAL_FILE, of: self) }
      guard let response = readAnswer() else { throw TransportError(CURLE_WEIRD_SERVER_REPLY, of: self) }
      return response
    case .finished(let code):
      throw TransportError(code, of: self)
    }
  }
}

extension Transfer {
  /// Sets the same request up once more, on a connection of its own, if it was lost without a word of an answer together
  /// with a connection that it may have shared.
  ///
  /// libcurl does so by itself, but not for long: when a server ends all kept connections at once there may be more than
  /// the six that it tries, and from an HTTP/2 connection that the server takes no more requests on it may go straight to
  /// the next such.
  func prepareAgainIfLostWithOthers() -> Bool {
    guard case .finished(let code) = ending, TransportError.isLoss(code), requestMayHaveLeft, !answer.hasBegun,
      mayHaveShared, (try? handle.shareConnections(false)) != nil
    else { return false }
    return true
  }

  /// Over TLS a connection may be one of HTTP/2, and be shared even though the request itself had it made.
  private var mayHaveShared: Bool {
    isSecure || (try? handle.number(CURLINFO_NUM_CONNECTS)) == 0
  }
}

extension TransportError {
  /// A request that could not even be set up.
  init(settingUp error: CurlError) {
    let reason: Reason =
      switch error.code {
      case CURLE_BAD_FUNCTION_ARGUMENT, CURLE_URL_MALFORMAT: .invalidRequest
      default: .unavailable
      }
    self.init(reason, delivery: .notSent, detail: error.text)
  }

  /// Why a transfer that libcurl ended with `code` gave no answer.
  init(_ code: CURLcode, of transfer: Transfer) {
    let delivery: Delivery = transfer.requestMayHaveLeft ? .maybeSent : .notSent
    self.init(
      Self.reason(code, of: transfer), delivery: delivery, detail: CurlError(code: code).text)
  }

  private static func reason(_ code: CURLcode, of transfer: Transfer) -> Reason {
    if transfer.answer.isTooLarge { return .responseTooLarge }
    return transfer.requestMayHaveLeft ? reasonAfterSending(code, transfer) : reasonBeforeSending(code, transfer)
  }

  private static func reasonBeforeSending(_ code: CURLcode, _ transfer: Transfer) -> Reason {
    // What a proxy answers to CONNECT has no code of its own.
    if let status = try? transfer.handle.number(CURLINFO_HTTP_CONNECTCODE), status >= 300 { return .proxyFailed }
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED: return .invalidRequest
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING: return .connectionFailed
    default: return reasonAtAnyTime(code)
    }
  }

  /// Whether a request that had been sent was lost with its connection.
  fileprivate static func isLoss(_ code: CURLcode) -> Bool {
    switch code {
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      true
    default:
      false
    }
  }

  private static func reasonAfterSending(_ code: CURLcode, _ transfer: Transfer) -> Reason {
    switch code {
    case _ where isLoss(code):
      return .connectionLost
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
      return .malformedResponse
    case CURLE_OUT_OF_MEMORY where !transfer.answer.hasHead:
      // What libcurl says of a header line that never ends.
      return .responseTooLarge
    default:
      return reasonAtAnyTime(code)
    }
  }

  private static func reasonAtAnyTime(_ code: CURLcode) -> Reason {
    switch code {
    case CURLE_OPERATION_TIMEDOUT: .timedOut
    // Also of a request that was sent on a kept connection and then, that being dead, was to take another.
    case CURLE_COULDNT_RESOLVE_HOST: .nameNotResolved
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxyFailed
    case CURLE_COULDNT_CONNECT: .connectionFailed
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_SHUTDOWN_FAILED,
      CURLE_SSL_CLIENTCERT, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED:
      .tlsFailed
    case CURLE_FAILED_INIT, CURLE_OUT_OF_MEMORY, CURLE_NOT_BUILT_IN: .unavailable
    default: .other
    }
  }
}
