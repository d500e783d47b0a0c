import ArgumentParser
import TokenRotation
import TokenRotationPostgres
import TokenRotationSQLite

/// Where the demonstration keeps its record: what `--store` takes.
enum StoreChoice: ExpressibleByArgument {
  case memory
  case sqlite(path: String)
  case postgres(connectionString: String)

  init?(argument: String) {
    if argument == "memory" {
      self = .memory
    } else if argument.hasPrefix("sqlite:"), argument != "sqlite:" {
      self = .sqlite(path: String(argument.dropFirst("sqlite:".count)))
    } else if argument.hasPrefix("postgres:") {
      self = .postgres(connectionString: String(argument.dropFirst("postgres:".count)))
    } else {
      return nil
    }
  }

  func open() async throws -> any ProviderStore {
    switch self {
    case .memory: InMemoryProviderStore()
    case .sqlite(let path): try await SQLiteProviderStore(path: path)
    case .postgres(let connectionString): try await PostgresProviderStore(connectionString)
    }
  }
}
