/// One of the things that `simulate` does: a file each, and a line in the table of `main.swift`.
struct Mode: Sendable {
  /// What it is called on the command line, after two hyphens.
  let name: String
  /// What may follow.
  let options: String
  /// What it does.
  let meaning: String
  /// Does it with what follows the name, and tells whether all is well.
  let run: @Sendable ([String]) async throws -> Bool
}

/// Arguments that make no sense.
struct UsageError: Error {
  let message: String
}
