import CTokenRotationPostgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A connection of libpq's, driven without ever waiting longer than it may.
///
/// It belongs to one thread at a time, and that thread it blocks. What libpq says in words is never passed on: a text
/// about a connection string may hold a piece of it.
@safe
final class LibPQSession {
  private let connection: OpaquePointer
  private var prepared: [String: String] = [:]

  /// Connects to the first server that takes the connection.
  ///
  /// - Parameters:
  ///   - settings: In libpq's words; a later one counts more than an earlier one.
  ///   - timeout: How long one server may take, unless the connection string says how long.
  /// - Throws: ``PostgresProblem``.
  init(_ settings: [(keyword: String, value: String)], timeout: Duration) throws(PostgresProblem) {
    guard let connection = unsafe Self.start(settings) else { throw PostgresProblem(.noMemory) }
    unsafe self.connection = connection
    // Just the severity and the code instead of words, which may be in any language.
    unsafe PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE)
    unsafe tokenRotationDropNotices(connection)
    try connect(timeout: setting("connect_timeout").flatMap { Int($0) }.map { .seconds(max(2, $0)) } ?? timeout)
    guard unsafe PQsetnonblocking(connection, 1) == 0 else { throw PostgresProblem(.noMemory) }
  }

  deinit {
    unsafe PQfinish(connection)
  }

  /// Whether libpq can make sense of a connection string.
  static func understands(_ text: String) -> Bool {
    guard !text.utf8.contains(0) else { return false }
    var message: UnsafeMutablePointer<CChar>?
    let options = unsafe PQconninfoParse(text, &message)
    unsafe PQfreemem(message)
    guard let options = unsafe options else { return false }
    unsafe PQconninfoFree(options)
    return true
  }

  /// How others end what this connection is at.
  func interrupter() -> LibPQInterrupter {
    unsafe LibPQInterrupter(PQgetCancel(connection), socket: PQsocket(connection))
  }

  /// What the server said of itself when the connection was made.
  func parameter(_ name: String) -> String? {
    unsafe PQparameterStatus(connection, name).map { unsafe String(cString: $0) }
  }

  /// Whether the connection can be used by somebody else.
  var isIdle: Bool { unsafe PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) == PQTRANS_IDLE }

  /// Whether, as far as can be told without asking the server, the connection is alive.
  func isAlive() -> Bool {
    // A server that has ended a connection may have said why before.
    while poll(for: POLLIN, until: .now) {
      guard unsafe PQconsumeInput(connection) == 1 else { return false }
    }
    return unsafe PQstatus(connection) == CONNECTION_OK
  }

  // MARK: Asking

  /// Runs one statement, prepared on first use.
  func run(_ sql: String, _ parameters: [String?], until deadline: ContinuousClock.Instant) throws(PostgresProblem)
    -> PostgresRows
  {
    guard isAlive() else { throw PostgresProblem(.lostBeforehand) }
    let name: String
    if let known = prepared[sql] {
      name = known
    } else {
      name = "token_rotation_\(prepared.count)"
      do {
        try check(unsafe PQsendPrepare(connection, name, sql, 0, nil))
        _ = try result(until: deadline)
      } catch {
        // To prepare changes nothing, so nothing was begun.
        throw error.kind == .lost ? PostgresProblem(.lostBeforehand) : error
      }
      prepared[sql] = name
    }
    try check(
      unsafe withTexts(parameters) { texts in
        unsafe PQsendQueryPrepared(connection, name, Int32(texts.count), texts.baseAddress, nil, nil, 0)
      })
    return try result(until: deadline)
  }

  /// Runs statements without parameters; gives what the last one gave.
  func runAtOnce(_ sql: String, until deadline: ContinuousClock.Instant) throws(PostgresProblem) -> PostgresRows {
    guard isAlive() else { throw PostgresProblem(.lostBeforehand) }
    try check(unsafe PQsendQuery(connection, sql))
    return try result(until: deadline)
  }

  /// The notifications that are there, or that come before `deadline`.
  func notifications(until deadline: ContinuousClock.Instant) throws(PostgresProblem) -> [String] {
    var payloads: [String] = []
    repeat {
      guard unsafe PQconsumeInput(connection) == 1 else { throw PostgresProblem(.lost) }
      while let notification = unsafe PQnotifies(connection) {
        payloads.append(unsafe String(cString: notification.pointee.extra))
        unsafe PQfreemem(notification)
      }
      guard payloads.isEmpty else { return payloads }
    } while poll(for: POLLIN, until: deadline)
    return []
  }

  // MARK: Waiting

  private func connect(timeout: Duration) throws(PostgresProblem) {
    var status = unsafe PQstatus(connection)
    guard status != CONNECTION_BAD else { throw unconnected(after: status) }
    // libpq has sent nothing yet, and is to be called when it can.
    var wanted = POLLOUT
    var deadline = ContinuousClock.now + timeout
    var socket = unsafe PQsocket(connection)
    while true {
      if !poll(for: wanted, until: deadline) {
        // Its next address or server has its own time.
        unsafe shutdown(PQsocket(connection), Int32(SHUT_RDWR))
        deadline = .now + timeout
      }
      status = unsafe PQstatus(connection)
      switch unsafe PQconnectPoll(connection) {
      case PGRES_POLLING_OK: return
      case PGRES_POLLING_READING: wanted = POLLIN
      case PGRES_POLLING_WRITING: wanted = POLLOUT
      default: throw unconnected(after: status)
      }
      if unsafe PQsocket(connection) != socket {
        socket = unsafe PQsocket(connection)
        deadline = .now + timeout
      }
    }
  }

  private func unconnected(after status: ConnStatusType) -> PostgresProblem {
    let text = unsafe String(cString: PQerrorMessage(connection))
    if let state = PostgresProblem.state(in: text) { return PostgresProblem(.unconnected, state: state) }
    if status == CONNECTION_SSL_STARTUP { return PostgresProblem(.untrusted) }
    // A server that has said what it is has let this one in, which left again for what the connection string asks for.
    if parameter("server_version") != nil, ["read-write", "primary"].contains(setting("target_session_attrs")) {
      return PostgresProblem(.readOnly)
    }
    return PostgresProblem(unsafe PQconnectionNeedsPassword(connection) == 1 ? .passwordMissing : .unconnected)
  }

  private func setting(_ keyword: String) -> String? {
    guard let options = unsafe PQconninfo(connection) else { return nil }
    defer { unsafe PQconninfoFree(options) }
    var option = unsafe options
    while let name = unsafe option.pointee.keyword {
      if unsafe String(cString: name) == keyword {
        return unsafe option.pointee.val.map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
      }
      unsafe option += 1
    }
    return nil
  }

  /// Takes everything that the server answers: an error may follow a result, as where a transaction cannot be committed.
  private func result(until deadline: ContinuousClock.Instant) throws(PostgresProblem) -> PostgresRows {
    try flush(until: deadline)
    var rows = PostgresRows()
    var problem: PostgresProblem?
    while true {
      while unsafe PQisBusy(connection) == 1 {
        guard poll(for: POLLIN, until: deadline) else { throw PostgresProblem(.overdue) }
        guard unsafe PQconsumeInput(connection) == 1 else { throw PostgresProblem(.lost) }
      }
      guard let result = unsafe PQgetResult(connection) else { break }
      defer { unsafe PQclear(result) }
      switch unsafe PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK: unsafe rows = Self.rows(of: result)
      default: if problem == nil || problem?.kind == .refused { problem = unsafe Self.problem(of: result) }
      }
    }
    if let problem { throw problem }
    guard unsafe PQstatus(connection) == CONNECTION_OK else { throw PostgresProblem(.lost) }
    return rows
  }

  private func flush(until deadline: ContinuousClock.Instant) throws(PostgresProblem) {
    while true {
      switch unsafe PQflush(connection) {
      case 0: return
      case 1:
        guard poll(for: POLLIN | POLLOUT, until: deadline) else { throw PostgresProblem(.overdue) }
        // A server that has something to say takes nothing before it is heard.
        guard unsafe PQconsumeInput(connection) == 1 else { throw PostgresProblem(.lost) }
      default: throw PostgresProblem(.lost)
      }
    }
  }

  private func check(_ isSent: Int32) throws(PostgresProblem) {
    if isSent != 1 { throw PostgresProblem(.lost) }
  }

  /// Whether the socket became ready, or has failed, before `deadline`.
  private func poll(for events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
    while true {
      let rest = ContinuousClock.now.duration(to: deadline)
      let milliseconds = rest > .zero ? Int32(clamping: rest.milliseconds + 1) : 0
      var entry = unsafe pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
      let count = unsafe Self.poll(&entry, milliseconds)
      if count > 0 { return true }
      if count == 0, ContinuousClock.now >= deadline { return false }
      // Whatever libpq is called for on a socket that cannot be polled, it finds that out as well.
      if count < 0, errno != EINTR { return true }
    }
  }

  private static func poll(_ entry: UnsafeMutablePointer<pollfd>, _ milliseconds: Int32) -> Int32 {
    #if canImport(Glibc)
    unsafe Glibc.poll(entry, 1, milliseconds)
    #elseif canImport(Musl)
    unsafe Musl.poll(entry, 1, milliseconds)
    #else
    unsafe Darwin.poll(entry, 1, milliseconds)
    #endif
  }
}
