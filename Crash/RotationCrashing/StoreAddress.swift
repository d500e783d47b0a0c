import TokenRotation

#if SQLite
import TokenRotationSQLite
#endif

/// Which store a worker opens, as it is written on a command line.
package enum StoreAddress: Sendable, CustomStringConvertible {
  case sqlite(path: String)

  init?(_ text: String) {
    guard text.hasPrefix("sqlite:"), text != "sqlite:" else { return nil }
    self = .sqlite(path: String(text.dropFirst("sqlite:".count)))
  }

  package var description: String {
    switch self {
    case .sqlite(let path): "sqlite:\(path)"
    }
  }

  func open() async throws -> any ProviderStore {
    switch self {
    case .sqlite(let path):
      #if SQLite
      return try await SQLiteProviderStore(path: path)
      #else
      throw CrashFailure("Built without the trait SQLite, there is no store at \(path).")
      #endif
    }
  }
}

/// Why a run cannot go on.
package struct CrashFailure: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
