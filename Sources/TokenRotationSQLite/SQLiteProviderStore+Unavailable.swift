#if !SQLite
/// A store on SQLite, which needs the package's trait `SQLite`.
@available(
  *, unavailable, message: "Enable the trait SQLite of the package swift-token-rotation: traits: [\"SQLite\"]."
)
public final class SQLiteProviderStore {
  /// There so that whoever calls it is told of the trait.
  public init(path: String) async throws {}
}
#endif
