/// A server that speaks the versions of TLS that nobody should speak any more: `openssl s_server`.
package final class OpenSSLServer: Sendable {
  package let authority: String
  private let process: ChildProcess

  /// What makes OpenSSL speak them after all.
  private static let leniency = ["-cipher", "ALL:@SECLEVEL=0"]

  /// Starts a server that speaks one version only.
  ///
  /// - Parameter version: As the command has it: `-tls1`, `-tls1_1`, `-tls1_2`, `-tls1_3`.
  package init(version: String) async throws {
    let certificates = try await LocalCertificates.shared()
    process = try ChildProcess(
      "openssl",
      ["s_server", "-accept", "127.0.0.1:0", version, "-www"] + Self.leniency
        + ["-cert", certificates.certificate(.good), "-key", certificates.key(.good)])
    guard let line = await process.standardOutput.first(where: { $0.hasPrefix("ACCEPT ") }) else {
      throw ChildProcess.Failure(description: await process.standardError.all().joined(separator: "\n"))
    }
    authority = String(line.dropFirst(7))
  }

  /// Connects as a client that takes any version: shows that a refusal is the client's.
  package func answersLenientClient(version: String) async throws {
    try await InstalledProgram.run("openssl", ["s_client", "-connect", authority, version] + Self.leniency)
  }
}
