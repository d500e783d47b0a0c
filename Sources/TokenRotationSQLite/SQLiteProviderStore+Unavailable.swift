#if !SQLite
/// A store on SQLite, which needs the package's trait `SQLite`.
@available(*, unavailable, message: "Enable the trait SQLite of the package swift-token-rotation.")
public final class SQLiteProviderStore {}
#endif
