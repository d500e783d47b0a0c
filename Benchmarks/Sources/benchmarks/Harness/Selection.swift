/// Which comparisons are wanted, by the arguments: `--list`, or `--only` and names, or nothing for all.
struct Selection {
  /// Whether names are wanted instead of measurements.
  let isListing: Bool
  private let names: [String]

  /// - Throws: ``UnexpectedResult`` for an argument that means nothing, or a name that no comparison has.
  init(_ arguments: some Collection<String>, among contests: [Contest]) throws {
    isListing = arguments.first == "--list"
    names = arguments.first == "--only" ? Array(arguments.dropFirst()) : []
    guard arguments.isEmpty || isListing && arguments.count == 1 || !names.isEmpty else {
      throw UnexpectedResult("the arguments are --list, or --only and names; none for everything")
    }
    let all = contests.flatMap { contest in contest.peers.map(contest.lineName) }
    if let unknown = names.first(where: { name in !all.contains { Self.matches($0, name) } }) {
      throw UnexpectedResult("nothing is called \(unknown); see --list")
    }
  }

  func contains(_ line: String) -> Bool {
    names.isEmpty || names.contains { Self.matches(line, $0) }
  }

  /// A name stands for itself, and for all that begin with it: `get`, `get/http2`, `get/http2/16/libcurl`.
  private static func matches(_ line: String, _ name: String) -> Bool {
    line == name || line.hasPrefix(name + "/")
  }
}
