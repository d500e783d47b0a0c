import TokenRotation
import TokenRotationPostgres

#if SQLite
import TokenRotationSQLite
#endif

/// Which store a worker opens, as it is written on a command line.
package enum StoreAddress: Sendable, CustomStringConvertible {
  case sqlite(path: String)
  case postgres(connectionString: String)

  init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "sqlite": self = .sqlite(path: parts[1])
    case "postgres": self = .postgres(connectionString: parts[1])
    default: return nil
    }
  }

  package var description: String {
    switch self {
    case .sqlite(let path): "sqlite:\(path)"
    case .postgres(let connectionString): "postgres:\(connectionString)"
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
    case .postgres(let connectionString):
      return try await PostgresProviderStore(connectionString)
    }
  }
}

/// Why a run cannot go on.
package struct CrashFailure: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
