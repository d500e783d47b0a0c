public import ArgumentParser
public import TokenRotation
import TokenRotationPostgres
import TokenRotationSQLite

/// Where an example keeps its records: what `--store` takes.
public enum StoreChoice: ExpressibleByArgument, Sendable, Equatable {
  /// In memory, gone with the process.
  case memory
  /// In a file of SQLite's.
  case sqlite(path: String)
  /// In PostgreSQL.
  case postgres(connectionString: String)

  /// Reads `memory`, `sqlite:PATH` or `postgres:CONNECTION`.
  public init?(argument: String) {
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

  /// Opens the store, and makes it where there is none.
  public func open() async throws -> any ProviderStore {
    switch self {
    case .memory: InMemoryProviderStore()
    case .sqlite(let path): try await SQLiteProviderStore(path: path)
    case .postgres(let connectionString): try await PostgresProviderStore(connectionString)
    }
  }
}
