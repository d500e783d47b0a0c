import Foundation

/// A private tinyproxy on a port of 127.0.0.1.
package final class TinyproxyServer: Sendable {
  /// Host and port.
  package let authority: String
  private let process: ChildProcess

  /// Starts a proxy.
  ///
  /// - Parameter directives: What its configuration holds besides, such as `BasicAuth user password`.
  package init(_ directives: String = "") async throws {
    let folder = try TemporaryFolder()
    var attempts = 0
    while true {
      // It takes no socket and no port 0, so a port has to be found, and may be somebody else's by the time it is used.
      let (listener, port) = try Socket.listening()
      listener.close()
      let file = try folder.write(
        """
        Port \(port)
        Listen 127.0.0.1
        Timeout 600
        MaxClients 100
        LogLevel Info
        \(directives)

        """, to: "tinyproxy.conf")
      let process = try ChildProcess("tinyproxy", ["-d", "-c", file], folder: folder)
      if await process.standardOutput.first(where: { $0.contains("Accepting connections") }) != nil {
        self.process = process
        authority = "127.0.0.1:\(port)"
        return
      }
      attempts += 1
      guard attempts < 5 else {
        let lines = await process.standardOutput.all() + process.standardError.all()
        throw ChildProcess.Failure(description: "tinyproxy did not start: \(lines.joined(separator: "\n"))")
      }
    }
  }

  /// Ends the proxy and gives its whole log.
  package func end() async -> [String] {
    process.send(SIGTERM)
    return await process.standardOutput.all() + process.standardError.all()
  }
}
