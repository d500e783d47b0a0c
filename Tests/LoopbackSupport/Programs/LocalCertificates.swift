/// Certificates for servers on 127.0.0.1, made with the `openssl` command, good ones and bad ones.
package struct LocalCertificates: Sendable {
  /// A server's certificate with its key.
  package enum Kind: String, CaseIterable, Sendable {
    /// For 127.0.0.1, localhost and every name directly below `loopback.test`.
    case good
    /// Good, but for a host that is none of these.
    case wrongHost
    /// For the right hosts, until yesterday.
    case expired
    /// For the right hosts, on nobody's word but its own.
    case selfSigned
  }

  /// The same for the whole process, made when it is first asked for.
  package static func shared() async throws -> LocalCertificates {
    try await making.value
  }

  private static let making = Task { try await make() }

  /// The certificate that vouches for those of the servers, to be trusted.
  package var authority: String { "\(folder.path)/authority.pem" }
  /// One that vouches for none of them.
  package var otherAuthority: String { "\(folder.path)/other.pem" }

  private let folder: TemporaryFolder

  package func certificate(_ kind: Kind) -> String { "\(folder.path)/\(kind.rawValue).pem" }
  package func key(_ kind: Kind) -> String { "\(folder.path)/\(kind.rawValue).key" }

  private static func make() async throws -> LocalCertificates {
    let folder = try TemporaryFolder()
    let certificates = LocalCertificates(folder: folder)
    for name in ["authority", "other"] {
      try await certificates.sign(
        name, ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"], signer: nil)
    }
    for kind in Kind.allCases {
      let hosts = kind == .wrongHost ? "DNS:elsewhere.test" : "IP:127.0.0.1,DNS:localhost,DNS:*.loopback.test"
      try await certificates.sign(
        kind.rawValue, ["basicConstraints=CA:FALSE", "subjectAltName=\(hosts)", "extendedKeyUsage=serverAuth"],
        signer: kind == .selfSigned ? nil : "authority")
    }
    try await certificates.backdate(.expired)
    return certificates
  }

  private func sign(_ name: String, _ extensions: [String], signer: String?) async throws {
    try await InstalledProgram.run(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)"]
        + ["-days", "2", "-keyout", "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).pem"]
        + extensions.flatMap { ["-addext", $0] }
        + (signer.map { ["-CA", "\(folder.path)/\($0).pem", "-CAkey", "\(folder.path)/\($0).key"] } ?? []))
  }

  /// Has a certificate end yesterday, which the command that makes them refuses.
  private func backdate(_ kind: Kind) async throws {
    let request = "\(folder.path)/request.pem"
    try await InstalledProgram.run(
      "openssl",
      ["x509", "-x509toreq", "-copy_extensions", "copyall", "-in", certificate(kind), "-signkey", key(kind)]
        + ["-out", request])
    try await InstalledProgram.run(
      "openssl",
      ["x509", "-req", "-copy_extensions", "copyall", "-in", request, "-days", "-1", "-CA", authority]
        + ["-CAkey", "\(folder.path)/authority.key", "-set_serial", "4711", "-out", certificate(kind)])
  }
}
