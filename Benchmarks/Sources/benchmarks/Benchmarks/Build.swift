import Foundation
import Synchronization

/// A clean release build of a tiny host, its packages already fetched: what a deployment waits for each time.
enum Build {
  static func contests(_ site: Site) -> [Contest] {
    var contest = Contest(
      "build", .time,
      peers: [Contest.Peer("async-http-client", .atMost(0.1)) { try HostBuild("async-http-client", site) }]
    ) { try HostBuild("token-rotation", site) }
    // It takes minutes, and is not a matter of a few percent.
    contest.rounds = 1
    contest.turn = nil
    return [contest]
  }
}

/// Builds one of the packages in Hosts/, and runs what came out.
final class HostBuild: Workload {
  private let package: String
  private let folder: URL
  private let site: Site
  private let buildPeak = Atomic(0)

  private var scratch: URL { folder.appendingPathComponent("scratch") }

  init(_ name: String, _ site: Site) throws {
    self.site = site
    package = "Hosts/on-\(name)"
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(name)-\(UUID().uuidString)")
    try swift("package", "resolve").run()
  }

  func run(_ count: Int) throws {
    for _ in 0..<count {
      try removeWhatWasBuilt()
      buildPeak.store(try swift("build", "--configuration", "release").run().peak, ordering: .relaxed)
    }
  }

  func remarks() throws -> [String] {
    let host = scratch.appendingPathComponent("release/host").path
    let stripped = folder.appendingPathComponent("stripped").path
    try Command(["strip", "-o", stripped, host]).run()
    let key = Data(Site.authToken.utf8).base64EncodedString()
    let peak = try Command([host, site.base(.http1), Site.accountSID, Site.authToken])
      .run(adding: ["TOKEN_ROTATION_KEYS": key]).peak
    return [
      "peak memory of the build \(megabytes(buildPeak.load(ordering: .relaxed))), of the host \(megabytes(peak)); "
        + "binary \(megabytes(try size(host))), stripped \(megabytes(try size(stripped)))"
    ]
  }

  func finish() throws {
    try FileManager.default.removeItem(at: folder)
  }

  private func swift(_ command: String...) -> Command {
    Command(["swift"] + command + ["--package-path", package, "--scratch-path", scratch.path])
  }

  private func removeWhatWasBuilt() throws {
    let fetched: Set = ["checkouts", "repositories", "workspace-state.json"]
    for item in try FileManager.default.contentsOfDirectory(atPath: scratch.path) where !fetched.contains(item) {
      try FileManager.default.removeItem(at: scratch.appendingPathComponent(item))
    }
  }

  private func size(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }

  private func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f MB", Double(bytes) / 1e6)
  }
}
