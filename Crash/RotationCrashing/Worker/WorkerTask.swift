/// What a worker process is to do, as its parent tells it on its command line.
struct WorkerTask: Codable, Sendable {
  enum Operation: String, Codable, Sendable {
    /// Rotate and update, again and again, until killed.
    case work
    /// Resume the rotation.
    case resume
    /// Enter the account's primary as it stands in the Console, whatever state the rotation is in.
    case update
    /// Do what the explanation of a quarantine says.
    case person
    /// Rotate all providers among others that do the same, and tell of every write.
    case share
    /// Resume what is left open.
    case resumeAll
  }

  var operation: Operation
  var store: String
  var twilio: String
  var console: String
  var providers: [String]
  var seed: UInt64
  /// How often each provider is rotated, in ``Operation/share``.
  var rounds = 1
  /// How often the process stands still for longer than its lease meanwhile, in ``Operation/share``.
  var stalls = 0
  /// Whether the store forgets what it wrote last when the process is killed.
  var isForgetful = false

  /// Whether the work is done under the timings of ``Operation/share``.
  var isShared: Bool { operation == .share || operation == .resumeAll }
}
