import Foundation

/// A private nginx on free ports of 127.0.0.1, with a folder of its own.
///
/// Its sockets are made here and handed to it, as one nginx hands them to the next when it is upgraded: so no port can be
/// taken by somebody else meanwhile, and whoever connects before nginx is up merely waits.
///
/// A request that no directive of a site answers goes to a second server behind the first, `http://echo`, which answers
/// 200 with the method, the path and the field `X-Test`.
package final class NginxServer: Sendable {
  /// A port with what is served on it.
  package struct Site: Sendable {
    /// What stands behind the address in `listen`.
    package var options: String
    package var certificate: LocalCertificates.Kind
    /// What stands in the `server` block besides.
    package var directives: String

    package init(_ options: String, certificate: LocalCertificates.Kind = .good, _ directives: String = "") {
      self.options = options
      self.certificate = certificate
      self.directives = directives
    }

    package static func http1(_ directives: String = "") -> Site { Site("ssl", directives) }
    package static func http2(_ directives: String = "") -> Site { Site("ssl http2", directives) }
  }

  /// A line of the access log: a request that nginx took for one.
  package struct Entry: Decodable, Sendable {
    package let port: Int
    /// The process id of the worker.
    package let worker: Int
    /// The connection's number, never used twice by one server.
    package let connection: Int
    /// How many requests this connection has brought, with this one.
    package let requests: Int
    /// `HTTP/1.1` or `HTTP/2.0`.
    package let version: String
    package let tls: String
    package let method: String
    package let path: String
    package let status: Int
    package let user: String
    package let authorization: String
    package let proxyAuthorization: String
  }

  /// Host and port of each site, as they stand in a request's `authority`.
  package let authorities: [String]
  package var authority: String { authorities[0] }
  package let process: ChildProcess

  /// Starts nginx.
  ///
  /// - Parameters:
  ///   - sites: Six at most.
  ///   - http: What stands in the `http` block besides.
  ///   - files: What else its folder holds, which directives call `FOLDER`.
  package init(_ sites: [Site], http: String = "", files: [String: String] = [:]) async throws {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    let listeners = try sites.map { _ in try Socket.listening() }
    defer { for listener in listeners { listener.socket.close() } }
    authorities = listeners.map { "127.0.0.1:\($0.port)" }
    let certificates = try await LocalCertificates.shared()
    var servers = ""
    for (site, authority) in zip(sites, authorities) {
      servers += """
        server {
          listen \(authority) \(site.options);
          \(site.options.contains("ssl") ? Self.tls(site.certificate, certificates) : "")
          location / { proxy_pass http://echo; }
          \(site.directives.replacingOccurrences(of: "FOLDER", with: folder.path))
        }

        """
    }
    try folder.write(Self.configuration(servers, http: http, folder: folder.path), to: "nginx.conf")
    for listener in listeners { listener.socket.setNonblocking() }
    process = try ChildProcess(
      "nginx", ["-p", folder.path, "-e", "stderr", "-c", "nginx.conf"],
      environment: ["NGINX": (3..<(3 + listeners.count)).map { "\($0);" }.joined()],
      sockets: listeners.map(\.socket), folder: folder)
    guard await process.standardError.first(where: { $0.contains("start worker process ") }) != nil else {
      throw ChildProcess.Failure(description: await process.standardError.all().joined(separator: "\n"))
    }
  }

  /// Has nginx read its configuration again, and returns when its new workers have taken over; the old ones bring to an
  /// end what they have begun.
  package func reload() async throws {
    process.send(SIGHUP)
    let line = await process.standardError.first { $0.contains("gracefully shutting down") || $0.contains("[emerg]") }
    guard let line, !line.contains("[emerg]") else {
      throw ChildProcess.Failure(description: "nginx did not reload: \(line ?? "it says nothing")")
    }
  }

  /// Has nginx end when it has answered what it has begun to; returns when it takes no more connections.
  package func beginToEnd() async throws {
    process.send(SIGQUIT)
    for port in authorities.compactMap({ $0.split(separator: ":").last }).compactMap({ Int($0) }) {
      while !Task.isCancelled, let connection = try? Socket.connected(toPort: port) {
        connection.close()
        await Task.yield()
      }
    }
  }

  /// Has nginx end in good order, and gives its whole access log.
  package func end() async throws -> [Entry] {
    process.send(SIGQUIT)
    let lines = await process.standardOutput.all()
    return try lines.map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
  }

  private static func tls(_ kind: LocalCertificates.Kind, _ certificates: LocalCertificates) -> String {
    "ssl_certificate \(certificates.certificate(kind)); ssl_certificate_key \(certificates.key(kind));"
  }

  private static func configuration(_ servers: String, http: String, folder: String) -> String {
    """
    daemon off;
    worker_processes 1;
    \(geteuid() == 0 ? "user root;" : "")
    pid \(folder)/pid;
    error_log stderr notice;
    events { worker_connections 512; }
    http {
      client_body_temp_path \(folder)/body;
      proxy_temp_path \(folder)/proxy;
      fastcgi_temp_path \(folder)/fastcgi;
      uwsgi_temp_path \(folder)/uwsgi;
      scgi_temp_path \(folder)/scgi;
      log_format entry escape=json '{"port":$server_port,"worker":$pid,"connection":$connection,'
        '"requests":$connection_requests,"version":"$server_protocol","tls":"$ssl_protocol","method":"$request_method","path":"$request_uri",'
        '"status":$status,"user":"$remote_user","authorization":"$http_authorization",'
        '"proxyAuthorization":"$http_proxy_authorization"}';
      access_log /dev/stdout entry;
      \(http)
      upstream echo { server unix:\(folder)/echo; }
      server {
        listen unix:\(folder)/echo;
        access_log off;
        location / { return 200 "$request_method $request_uri $http_x_test"; }
      }
      \(servers)
    }
    """
  }
}
