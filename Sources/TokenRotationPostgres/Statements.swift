import TokenRotationCore

/// The statements of a store, with the names of its schema in them.
///
/// A write is one statement, so that it costs one way to the server and back; it gives a row with the new revision if it
/// took effect, and none if it did not.
struct Statements: Sendable {
  static let maximumSchemaLength = 48

  let schema: String
  let channel: String

  /// - Throws: `TokenRotationError` with the code `configurationInvalid`.
  init(schema: String) throws {
    guard (1...Self.maximumSchemaLength).contains(schema.utf8.count), !schema.utf8.contains(0) else {
      throw TokenRotationError(
        .configurationInvalid, "The name of a schema has 1 to \(Self.maximumSchemaLength) bytes and no NUL among them.")
    }
    self.schema = schema
    channel = "token_rotation." + schema
  }

  var quotedSchema: String { Self.identifier(schema) }

  static func identifier(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  static func literal(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }

  func table(_ name: String) -> String { "\(quotedSchema).token_rotation_\(name)" }

  private func next(_ sequence: String) -> String { "nextval(\(Self.literal(table(sequence))))" }

  // MARK: Records

  private static let columns = "id, account, region, revision, record::text"

  var read: String { "SELECT \(Self.columns) FROM \(table("providers")) WHERE id = $1" }

  var find: String { "SELECT \(Self.columns) FROM \(table("providers")) WHERE account = $1 ORDER BY id" }

  var page: String {
    "SELECT \(Self.columns) FROM \(table("providers")) WHERE id > $1 ORDER BY id LIMIT $2::bigint"
  }

  var pageOfIDs: String { "SELECT id FROM \(table("providers")) WHERE id > $1 ORDER BY id LIMIT $2::bigint" }

  var owners: String {
    """
    SELECT id = $1, revision FROM \(table("providers")) WHERE id = $1 OR (account = $2 AND region = $3)
    """
  }

  func insert(_ record: ProviderRecord, label: String?) throws -> PostgresStatement {
    try written(
      """
      INSERT INTO \(table("providers")) (id, account, region, record, revision)
      VALUES ($2, $3, $4, $5::jsonb, \(next("revisions")))
      ON CONFLICT DO NOTHING RETURNING id, revision
      """, label, values(of: record))
  }

  func replace(_ record: ProviderRecord, _ revision: Revision, label: String?) throws -> PostgresStatement {
    try written(
      """
      UPDATE \(table("providers")) SET account = $3, region = $4, record = $5::jsonb, revision = \(next("revisions"))
      WHERE id = $2 AND revision = $6::bigint AND NOT EXISTS (
        SELECT 1 FROM \(table("providers")) WHERE account = $3 AND region = $4 AND id <> $2)
      RETURNING id, revision
      """, label, values(of: record) + [String(revision.rawValue)])
  }

  func remove(_ id: ProviderID, _ revision: Revision, label: String?) -> PostgresStatement {
    written(
      """
      DELETE FROM \(table("providers")) WHERE id = $2 AND revision = $3::bigint
      RETURNING id, \(next("revisions")) AS revision
      """, label, [id.description, String(revision.rawValue)])
  }

  private func values(of record: ProviderRecord) throws -> [String] {
    [
      record.id.description, record.accountSID.canonical, record.region.id,
      RecordText.stored(try RecordRow.text(of: record)),
    ]
  }

  /// A write, with the step of the provider's life that it makes, if any, and word to those who listen.
  private func written(_ write: String, _ label: String?, _ bindings: [String]) -> PostgresStatement {
    PostgresStatement(
      sql: """
        WITH written AS (
        \(write)
        ), noted AS (
        INSERT INTO \(table("outbox")) (revision, provider, label)
        SELECT revision, id, $1::text FROM written WHERE $1::text IS NOT NULL
        )
        SELECT revision FROM written CROSS JOIN LATERAL pg_notify(\(Self.literal(channel)), id) AS told
        """, bindings: [label] + bindings)
  }

  // MARK: The outbox

  /// Gives numbers to the steps that have none yet, in the order of revisions, in which those of one provider are.
  ///
  /// Steps are numbered when they are read and not when they are made: transactions end in another order than they
  /// begin, and whoever has acknowledged a number must not have missed a lower one.
  var numberSteps: String {
    """
    UPDATE \(table("outbox")) AS step SET number = numbered.number FROM (
      SELECT revision, \(next("steps")) AS number FROM (
        SELECT revision FROM \(table("outbox")) WHERE number IS NULL ORDER BY revision LIMIT $1::bigint) AS unnumbered
    ) AS numbered WHERE step.revision = numbered.revision
    """
  }

  var steps: String {
    """
    SELECT number, provider, revision, label FROM \(table("outbox")) WHERE number IS NOT NULL ORDER BY number
    LIMIT $1::bigint
    """
  }

  var acknowledge: String { "DELETE FROM \(table("outbox")) WHERE number <= $1::bigint" }

  /// Held to the end of the transaction by whoever numbers steps.
  var lockOutbox: String {
    "SELECT pg_advisory_xact_lock(\(Self.lockClass), hashtext(\(Self.literal(schema + " outbox"))))"
  }

  /// Held to the end of the transaction by whoever changes the schema.
  var lockSchema: String { "SELECT pg_advisory_xact_lock(\(Self.lockClass), hashtext(\(Self.literal(schema))))" }

  /// A number that other users of advisory locks are unlikely to have.
  private static let lockClass = 1_414_747_218
}

/// A statement as text with its bindings, for a host that runs it in a transaction of another driver's.
///
/// Bindings are texts, or null, for `$1`, `$2` and so on; the statement casts them to what they have to be.
public struct PostgresStatement: Hashable, Sendable {
  /// The statement.
  public let sql: String
  /// The values of its parameters, in their order.
  public let bindings: [String?]
}

extension PostgresStatement: CustomStringConvertible, CustomReflectable {
  /// The text without its bindings, which hold a whole record.
  public var description: String { "\(sql) with \(bindings.count) bindings" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
