import Foundation

/// Rotates an account while others use its token, and counts what they notice.
do {
  let options = try Options(CommandLine.arguments.dropFirst())
  if options.reader != nil {
    try await ReaderProcess.run(options)
  } else {
    exit(try await Cutover(options).run() ? 0 : 1)
  }
} catch let problem as Options.Problem {
  print("\(problem.message)\n\(Options.usage)")
  exit(2)
} catch {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(1)
}
