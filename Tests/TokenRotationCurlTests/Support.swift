import LoopbackSupport
import TokenRotationCore
import TokenRotationCurl

/// A transport that no proxy of the machine's environment can get in the way of.
func makeTransport(_ change: (inout CurlTransport.Configuration) -> Void = { _ in }) throws -> CurlTransport {
  var configuration = CurlTransport.Configuration()
  configuration.proxy = .none
  // However busy the machine is, connecting is not what ends a request, unless a test is about that.
  configuration.connectTimeout = .seconds(60)
  change(&configuration)
  return try CurlTransport(configuration: configuration)
}

/// A transport that trusts the tests' own certificates, and no others.
func makeTrustingTransport(
  _ change: (inout CurlTransport.Configuration) -> Void = { _ in }
) async throws -> CurlTransport {
  let certificates = try await LocalCertificates.shared()
  return try makeTransport {
    $0.certificateAuthorityFile = certificates.authority
    change(&$0)
  }
}
