import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A private PostgreSQL on a free port of 127.0.0.1 and on a socket in its folder.
///
/// Its superuser is `postgres`, whose password is ``password``; every connection has to give it. It refuses to run as
/// root, so there it is run as another user.
package final class PostgresServer: Sendable {
  package static let password = "pg-sEcret+/@7"

  /// Whether PostgreSQL is installed.
  package static var isInstalled: Bool { (try? binaries()) != nil }

  /// The same for the whole process, started when it is first asked for.
  package static func shared() async throws -> PostgresServer { try await sharing.value }

  private static let sharing = Task { try await PostgresServer() }

  package let port: Int
  /// The folder with the socket.
  package var folder: String { place.path }

  private let place: TemporaryFolder
  private let settings: [String]
  private let process = Lock<ChildProcess?>(nil)

  /// Makes a database cluster and starts a server on it.
  ///
  /// - Parameters:
  ///   - settings: Each as `name=value`.
  ///   - certificate: For TLS; nil for a server without.
  package init(_ settings: [String] = [], certificate: LocalCertificates.Kind? = nil) async throws {
    let place = try TemporaryFolder()
    self.place = place
    let (reservation, port) = try Socket.reserving()
    self.port = port
    var own = ["listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=\(place.path)"]
    own += ["max_connections=400", "shared_buffers=16MB", "log_min_messages=log", "timezone=UTC"]
    try place.write(Self.password, to: "password")
    if let certificate {
      let certificates = try await LocalCertificates.shared()
      for (file, name) in [
        (certificates.certificate(certificate), "server.pem"), (certificates.key(certificate), "server.key"),
      ] {
        try FileManager.default.copyItem(atPath: file, toPath: "\(place.path)/\(name)")
        chmod("\(place.path)/\(name)", 0o600)
      }
      own += ["ssl=on", "ssl_cert_file=\(place.path)/server.pem", "ssl_key_file=\(place.path)/server.key"]
    }
    self.settings = own + settings
    try Self.giveAway(place.path)
    let prefix = Self.asOtherUser + ["\(try Self.binaries())/initdb"]
    try await InstalledProgram.run(
      prefix[0],
      prefix.dropFirst() + ["--pgdata", "\(place.path)/data", "--username", "postgres", "--pwfile"]
        + ["\(place.path)/password", "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"])
    reservation.close()
    try await start()
  }

  deinit { process.withLock { $0?.send(SIGINT) } }

  /// A connection string in words.
  package func connectionString(
    database: String = "postgres", user: String = "postgres", password: String = PostgresServer.password,
    port: Int? = nil, _ more: String = "sslmode=disable"
  ) -> String {
    "host=127.0.0.1 port=\(port ?? self.port) dbname=\(database) user=\(user) password='\(password)' \(more)"
  }

  /// Starts the server after its end.
  package func start() async throws {
    let command = Self.asOtherUser + ["\(try Self.binaries())/postgres", "-D", "\(place.path)/data"]
    let child = try ChildProcess(
      command[0], command.dropFirst() + settings.flatMap { ["-c", $0] }, environment: ["LC_ALL": "C"], folder: place)
    process.withLock { $0 = child }
    guard await child.standardError.first(where: { $0.contains("ready to accept connections") }) != nil else {
      throw ChildProcess.Failure(description: await child.standardError.all().joined(separator: "\n"))
    }
  }

  /// Ends the server as a failing machine would (`immediate`), and returns when it has ended.
  package func crash() async { await end(SIGQUIT) }

  /// Ends the server in good order, with all its connections, and returns when it has ended.
  package func stop() async { await end(SIGINT) }

  /// Fills a file of its data with zeros, while it is stopped.
  package func overwrite(_ file: String) throws {
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: "\(place.path)/data/\(file)"))
    let size = Int(try handle.seekToEnd())
    try handle.seek(toOffset: 0)
    try handle.write(contentsOf: Data(count: size))
    try handle.close()
  }

  private func end(_ signal: Int32) async {
    guard let child = process.withLock({ $0 }) else { return }
    child.send(signal)
    await child.waitForEnd()
  }

  /// Runs SQL, and gives what `psql` prints: columns with a bar between them.
  @discardableResult
  package func run(_ sql: String, database: String = "postgres") async throws -> [String] {
    let child = try ChildProcess(
      "\(try Self.binaries())/psql",
      [connectionString(database: database), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
    let output = await child.standardOutput.all()
    guard await child.waitForEnd() == 0 else {
      throw ChildProcess.Failure(description: await child.standardError.all().joined(separator: "\n"))
    }
    return output
  }

  // MARK: Where and as whom it runs

  /// The folder of PostgreSQL's programs, which Debian puts where no path leads: of the newest version.
  private static func binaries() throws -> String {
    let base = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
    for version in versions.sorted(by: { (Int($0) ?? 0) > (Int($1) ?? 0) }) {
      let folder = "\(base)/\(version)/bin"
      if FileManager.default.isExecutableFile(atPath: "\(folder)/initdb") { return folder }
    }
    let initdb = try InstalledProgram.path(of: "initdb")
    return String(initdb.dropLast("/initdb".count))
  }

  private static let otherUser: String? = {
    guard geteuid() == 0 else { return nil }
    return getpwnam("postgres") != nil ? "postgres" : "nobody"
  }()

  private static var asOtherUser: [String] {
    guard let otherUser else { return ["env"] }
    return ["setpriv", "--reuid", otherUser, "--regid", group, "--clear-groups"]
  }

  private static var group: String {
    guard let otherUser, let entry = getpwnam(otherUser) else { return "\(getegid())" }
    return "\(entry.pointee.pw_gid)"
  }

  private static func giveAway(_ path: String) throws {
    guard let otherUser, let entry = getpwnam(otherUser) else { return }
    let names = try FileManager.default.contentsOfDirectory(atPath: path).map { "\(path)/\($0)" }
    for name in [path] + names { chown(name, entry.pointee.pw_uid, entry.pointee.pw_gid) }
  }
}
