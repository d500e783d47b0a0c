import Foundation

/// Measures the package beside what a user would pick instead, and prints a line for each comparison.
///
/// It ends well whatever the figures are: a machine that is busy with something else is no reason to fail.
@main
enum Main {
  static func main() async {
    do {
      try await run(CommandLine.arguments.dropFirst())
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func run(_ arguments: some Collection<String>) async throws {
    if try await Child.perform(arguments) { return }
    let site = try Site()
    let contests =
      try Get.contests(site) + SessionCalls.contests(site) + TokenRead.contests() + Update.contests(site)
      + Seal.contests() + Webhooks.contests() + CompareAndSwap.contests(site) + Paging.contests() + Build.contests(site)
    let selection = try Selection(arguments, among: contests)
    for contest in contests {
      let peers = contest.peers.filter { selection.contains(contest.lineName($0)) }
      if selection.isListing {
        for peer in peers { Report.say("\(contest.lineName(peer)) \(peer.bound)") }
      } else if !peers.isEmpty {
        try await Race.run(contest, against: peers)
      }
    }
  }
}
