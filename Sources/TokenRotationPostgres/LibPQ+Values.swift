import CTokenRotationPostgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension LibPQSession {
  static func start(_ settings: [(keyword: String, value: String)]) -> OpaquePointer? {
    unsafe withTexts(settings.map(\.keyword)) { keywords in
      unsafe withTexts(settings.map(\.value)) { values in
        // The first `dbname` may be a whole connection string.
        unsafe PQconnectStartParams(keywords.baseAddress, values.baseAddress, 1)
      }
    }
  }

  static func rows(of result: OpaquePointer) -> PostgresRows {
    let columns = unsafe PQnfields(result)
    let rows = unsafe (0..<PQntuples(result)).map { row in
      (0..<columns).map { column -> String? in
        guard unsafe PQgetisnull(result, row, column) == 0, let value = unsafe PQgetvalue(result, row, column) else {
          return nil
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, row, column)))
        return unsafe String(decoding: bytes, as: UTF8.self)
      }
    }
    return unsafe PostgresRows(values: rows, command: String(cString: PQcmdStatus(result)))
  }

  static func problem(of result: OpaquePointer) -> PostgresProblem {
    let state = unsafe PQresultErrorField(result, Int32(tokenRotationState))
    let severity = unsafe PQresultErrorField(result, Int32(tokenRotationSeverity))
    // Without a code it is libpq's own: the connection has ended.
    guard let state = unsafe state, let severity = unsafe severity else { return PostgresProblem(.lost) }
    let isOver = unsafe String(cString: severity) != "ERROR"
    return PostgresProblem(isOver ? .lost : .refused, state: unsafe String(cString: state))
  }
}

/// Calls `body` with C strings, and a null pointer behind the last one.
func withTexts<Result, Failure: Error>(
  _ texts: [String?], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) throws(Failure) -> Result
) throws(Failure) -> Result {
  let copies = unsafe texts.map { text in unsafe text.flatMap { unsafe strdup($0) } }
  defer { unsafe copies.forEach { unsafe free($0) } }
  let pointers = unsafe copies.map { unsafe UnsafePointer($0) } + [nil]
  let result = unsafe pointers.withUnsafeBufferPointer { buffer in
    Swift.Result { () throws(Failure) in try unsafe body(UnsafeBufferPointer(rebasing: buffer.dropLast())) }
  }
  return try result.get()
}

/// Ends what a connection is at, from any thread.
@safe
final class LibPQInterrupter: Sendable {
  // Null, or something that libpq lets any thread use, and that nobody changes.
  private nonisolated(unsafe) let cancel: OpaquePointer?
  private let socket: Int32

  /// - Parameter socket: Copied, so that it stays this connection's when that has ended.
  init(_ cancel: OpaquePointer?, socket: Int32) {
    unsafe self.cancel = cancel
    self.socket = fcntl(socket, F_DUPFD_CLOEXEC, 0)
  }

  deinit {
    unsafe PQfreeCancel(cancel)
    if socket >= 0 { close(socket) }
  }

  /// Has whoever waits for the server find the connection lost.
  func disconnect() {
    if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
  }

  /// Asks the server to give up what it is at.
  ///
  /// It blocks.
  func askForEnd() {
    guard let cancel = unsafe cancel else { return }
    var message = [CChar](repeating: 0, count: 256)
    unsafe PQcancel(cancel, &message, Int32(message.count))
  }
}
