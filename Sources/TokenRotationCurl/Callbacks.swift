import CTokenRotationCurl

/// What libcurl calls while it drives a transfer, always on the thread that drives it.
///
/// Each is given the ``Transfer`` that its easy handle reports to, or that one's ``Answer``; both outlive the handle.
enum Callbacks {
  /// A piece of the body, decompressed.
  ///
  /// Any other answer than its size ends the transfer.
  static let body: curl_write_callback = { bytes, size, count, receiver in
    guard let receiver = unsafe receiver else { return 0 }
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe answer(receiver).pointee.receive(body: piece) ? piece.count : 0
  }

  /// A line of a head, or of the fields behind a chunked body.
  ///
  /// Any other answer than its size ends the transfer.
  static let headerLine: curl_write_callback = { bytes, size, count, receiver in
    guard let receiver = unsafe receiver else { return 0 }
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe answer(receiver).pointee.receive(headerLine: line) ? line.count : 0
  }

  /// The connection is up, and the request goes out next: from here on nobody can say that it was not sent.
  static let requestGoesOut: curl_prereq_callback = { receiver, _, _, _, _ in
    guard let receiver = unsafe receiver else { return CURL_PREREQFUNC_ABORT }
    unsafe transfer(receiver).requestMayHaveLeft = true
    return CURL_PREREQFUNC_OK
  }

  private static func answer(_ receiver: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Answer> {
    unsafe receiver.assumingMemoryBound(to: Answer.self)
  }

  private static func transfer(_ receiver: UnsafeMutableRawPointer) -> Transfer {
    unsafe Unmanaged<Transfer>.fromOpaque(receiver).takeUnretainedValue()
  }
}
