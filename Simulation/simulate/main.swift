#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The rotation machine, held against everything that can happen to it.
let modes: [Mode] = [.exhaustive, .diagram, .seeds, .matrix]

let arguments = CommandLine.arguments.dropFirst()
guard let mode = modes.first(where: { "--\($0.name)" == arguments.first }) else {
  print("usage:")
  for mode in modes { print("  simulate --\(mode.name) \(mode.options)\n      \(mode.meaning)") }
  exit(2)
}
do {
  exit(try await mode.run(Array(arguments.dropFirst())) ? 0 : 1)
} catch let error as UsageError {
  print("usage: simulate --\(mode.name) \(mode.options)\n\(error.message)")
  exit(2)
}
