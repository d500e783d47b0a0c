#if AsyncHTTPClient
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import TokenRotationCore

extension TransportError {
  /// Why async-http-client gave no answer.
  ///
  /// The detail is the error's type, or its short description, never more: descriptions may hold header fields.
  init(_ error: any Error, isSecure: Bool, headWasWritten: Bool) {
    let detail = (error as? HTTPClientError)?.shortDescription ?? String(describing: type(of: error))
    self.init(
      headWasWritten ? Self.reasonAfterSending(error) : Self.reasonBeforeSending(error, isSecure: isSecure),
      delivery: headWasWritten ? .maybeSent : .notSent, detail: detail)
  }

  private static func reasonBeforeSending(_ error: any Error, isSecure: Bool) -> Reason {
    switch error {
    case let error as NIOConnectionError: reason(error)
    case let error as HTTPClientError:
      switch error {
      // The connection was there: what ended was the handshake.
      case .remoteConnectionClosed, .uncleanShutdown: isSecure ? .tlsFailed : .connectionFailed
      case .getConnectionFromPoolTimeout: .timedOut
      case .invalidURL, .emptyHost, .emptyScheme: .invalidRequest
      default: reasonAtAnyTime(error) ?? .other
      }
    case is IOError: isSecure ? .tlsFailed : .connectionFailed
    default: isOfTLS(error) ? .tlsFailed : isTimeout(error) ? .timedOut : .other
    }
  }

  private static func reasonAfterSending(_ error: any Error) -> Reason {
    switch error {
    case let error as HTTPClientError:
      reasonAtAnyTime(error) ?? .connectionLost
    case let error as HTTPParserError: error == .invalidEOFState ? .connectionLost : .malformedResponse
    case is NIOHTTPDecompression.DecompressionError: .malformedResponse
    default: .connectionLost
    }
  }

  private static func reasonAtAnyTime(_ error: HTTPClientError) -> Reason? {
    switch error {
    case .deadlineExceeded, .connectTimeout, .tlsHandshakeTimeout, .readTimeout, .writeTimeout: .timedOut
    case .proxyAuthenticationRequired, .invalidProxyResponse, .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
      .proxyFailed
    // The task was not cancelled, so it was the client that ended.
    case .alreadyShutdown, .cancelled: .unavailable
    default: nil
    }
  }

  private static func reason(_ error: NIOConnectionError) -> Reason {
    if error.connectionErrors.isEmpty { return .nameNotResolved }
    return error.connectionErrors.allSatisfy { isTimeout($0.error) } ? .timedOut : .connectionFailed
  }

  private static func isTimeout(_ error: any Error) -> Bool {
    if case .connectTimeout = error as? ChannelError { true } else { false }
  }

  private static func isOfTLS(_ error: any Error) -> Bool {
    error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
  }
}
#endif
