import HTTPTypes
import LoopbackSupport
import Testing
import TokenRotationCore
import TokenRotationCurl

/// Whom the transport speaks to, and whom not; no request leaves before that is settled.
@Suite(.timeLimit(.minutes(1))) struct TLSTests {
  static let refused = Outcome.failure(.tlsFailed, .notSent)

  static func outcomes(_ authority: String, over transport: CurlTransport) async -> [Outcome] {
    var outcomes: [Outcome] = []
    for mayBeSentAgain in [true, false] {
      let request = makeRequest(
        .get, authority, scheme: "https", credentials: try? NginxRoundTripTests.credentials(),
        mayBeSentAgain: mayBeSentAgain)
      outcomes.append(await Outcome.of(request, over: transport))
    }
    return outcomes
  }

  @Test(arguments: Version.allCases) func certificatesAreVerified(version: Version) async throws {
    let kinds = LocalCertificates.Kind.allCases
    let nginx = try await NginxServer(kinds.map { version.site(certificate: $0) })
    let transport = try await makeTrustingTransport()
    for (kind, authority) in zip(kinds, nginx.authorities) {
      let expected = kind == .good ? .answer(200) : Self.refused
      #expect(await Self.outcomes(authority, over: transport) == [expected, expected], "\(kind)")
    }
    let port = nginx.authority.drop { $0 != ":" }
    #expect(await Self.outcomes("localhost\(port)", over: transport) == [.answer(200), .answer(200)])
    // What the bad ones were sent is in no log: only the good one ever saw a request.
    await transport.shutdown()
    let log = try await nginx.end()
    #expect(log.count == 4)
    #expect(log.allSatisfy { nginx.authority.hasSuffix(":\($0.port)") })
  }

  @Test func theAuthorityIsTheOneThatWasNamed() async throws {
    let nginx = try await NginxServer([Version.http2.site()])
    let certificates = try await LocalCertificates.shared()
    let withOther = try makeTransport { $0.certificateAuthorityFile = certificates.otherAuthority }
    #expect(await Self.outcomes(nginx.authority, over: withOther) == [Self.refused, Self.refused])
    let withSystems = try makeTransport()
    #expect(await Self.outcomes(nginx.authority, over: withSystems) == [Self.refused, Self.refused])
    #expect(try await nginx.end().isEmpty)
  }

  @Test(arguments: ["TLSv1.2", "TLSv1.3"]) func presentVersionsAreSpoken(version: String) async throws {
    let nginx = try await NginxServer([Version.http2.site("ssl_protocols \(version);")])
    let transport = try await makeTrustingTransport()
    #expect(await Self.outcomes(nginx.authority, over: transport) == [.answer(200), .answer(200)])
    await transport.shutdown()
    #expect(try await nginx.end().map(\.tls) == [version, version])
  }

  /// `openssl s_server`, because an nginx on today's OpenSSL refuses them by itself.
  @Test(arguments: ["-tls1", "-tls1_1"]) func formerVersionsAreRefused(version: String) async throws {
    let server = try await OpenSSLServer(version: version)
    try await server.answersLenientClient(version: version)
    let transport = try await makeTrustingTransport()
    #expect(await Self.outcomes(server.authority, over: transport) == [Self.refused, Self.refused])
  }

  /// The counterpart, which shows that the test above refuses the version and not the server.
  @Test func theSameServerWithAPresentVersionIsTaken() async throws {
    let server = try await OpenSSLServer(version: "-tls1_2")
    let transport = try await makeTrustingTransport()
    #expect(await Self.outcomes(server.authority, over: transport) == [.answer(200), .answer(200)])
  }
}
