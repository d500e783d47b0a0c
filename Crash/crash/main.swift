import Foundation
import RotationCrashing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

let usage = """
  usage:
    crash --store sqlite|postgres --kills N [--workers 6] [--seed S] [--forgetful yes] --simulator PATH
        kills workers at random moments, resumes in new processes, and compares what is stored with what Twilio accepts;
        with a store that forgets, which has to be noticed
    crash --store sqlite|postgres --processes P [--providers 100] [--rounds 1] [--stalls 0] [--seed S] --simulator PATH
        has processes rotate the same providers, and looks whether one took a record from another that was alive
  """

/// What stands on the command line: names that begin with two hyphens, each with a value.
struct Options {
  private var values: [String: String] = [:]

  init?(_ arguments: some Sequence<String>) {
    let known = [
      "store", "kills", "workers", "seed", "simulator", "processes", "providers", "rounds", "stalls", "latency",
      "forgetful",
    ]
    var rest = Array(arguments)[...]
    while let name = rest.popFirst() {
      guard name.hasPrefix("--"), known.contains(String(name.dropFirst(2))), let value = rest.popFirst() else {
        return nil
      }
      values[String(name.dropFirst(2))] = value
    }
  }

  subscript(_ name: String) -> String? { values[name] }

  /// A number; nil if there is none, or it makes no sense.
  func number(_ name: String, _ standard: Int? = nil, in range: ClosedRange<Int> = 1...1_000_000) -> Int? {
    guard let text = values[name] else { return standard }
    return Int(text).flatMap { range.contains($0) ? $0 : nil }
  }
}

/// A store for the length of the run.
func place(_ name: String?) async throws -> (any StorePlace)? {
  switch name {
  case "sqlite": try SQLitePlace()
  case "postgres": try await PostgresPlace()
  default: nil
  }
}

func run(_ options: Options) async throws -> Bool? {
  guard let store = try await place(options["store"]), let simulator = options["simulator"],
    let seed = options.number("seed", Int.random(in: 1...999_999)),
    let latency = options.number("latency", 12, in: 0...1000)
  else { return nil }
  let site = try await Site(
    store: store, simulator: simulator, latency: Double(latency), program: CommandLine.arguments[0],
    isForgetful: options["forgetful"] == "yes")
  if let kills = options.number("kills"), let workers = options.number("workers", 6, in: 1...64) {
    return try await KillsMode.run(kills: kills, lanes: workers, seed: UInt64(seed), at: site)
  }
  guard let processes = options.number("processes", in: 1...64), let providers = options.number("providers", 100),
    let rounds = options.number("rounds", 1), let stalls = options.number("stalls", 0, in: 0...1000)
  else { return nil }
  return try await SharingMode.run(
    processes: processes, providers: providers, rounds: rounds, stalls: stalls, seed: UInt64(seed), at: site)
}

let arguments = CommandLine.arguments.dropFirst()
do {
  if arguments.first == "worker", arguments.count == 2 {
    exit(try await WorkerProcess.run(arguments[arguments.endIndex - 1]) ? 0 : 1)
  }
  guard let options = Options(arguments), let isWell = try await run(options) else {
    print(usage)
    exit(2)
  }
  exit(isWell ? 0 : 1)
} catch {
  print("crash: \(error)")
  exit(1)
}
