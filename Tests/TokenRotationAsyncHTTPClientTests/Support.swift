#if AsyncHTTPClient
import AsyncHTTPClient
import HTTPTypes
import LoopbackSupport
import NIOCore
import NIOSSL
import TokenRotationAsyncHTTPClient
import TokenRotationCore

/// A transport with settings of the test's.
func makeTransport(_ change: (inout HTTPClient.Configuration) -> Void = { _ in }) -> AsyncHTTPClientTransport {
  var configuration = HTTPClient.Configuration()
  // However busy the machine is, connecting is not what ends a request, unless a test is about that.
  configuration.timeout.connect = .seconds(60)
  change(&configuration)
  return AsyncHTTPClientTransport(configuration: configuration)
}

/// A transport that trusts the tests' own certificates, and no others.
func makeTrustingTransport() async throws -> AsyncHTTPClientTransport {
  let certificates = try await LocalCertificates.shared()
  return makeTransport {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .file(certificates.authority)
    $0.tlsConfiguration = tls
  }
}
#endif
