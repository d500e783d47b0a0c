/// What has come back of a request so far.
///
/// It is filled on the thread that all transfers share, so it only keeps bytes and counts them; the task that asked
/// makes a response of them.
struct Answer {
  /// How many bytes all heads of an answer may have together: far more than any server sends, and a bound.
  static let headerSizeLimit = 65_536

  /// How large a head may be whose memory is kept: most are a tenth of that.
  private static let reusableHeadSize = 8192

  /// The lines of the final head, without the empty one at its end.
  private(set) var head: [UInt8] = []
  private(set) var body: [UInt8] = []
  /// Whether the final head is there as a whole.
  private(set) var hasHead = false
  /// Whether the answer was ended for its size.
  private(set) var isTooLarge = false

  /// Whether a line of any head has come.
  var hasBegun: Bool { headerSize > 0 }

  private let bodySizeLimit: Int
  private var headerSize = 0

  init(bodySizeLimit: Int) {
    self.bodySizeLimit = bodySizeLimit
  }

  /// Forgets everything and makes ready for the next answer; the memory of the head, if it is little, is kept for it.
  mutating func reset(bodySizeLimit: Int) {
    var kept = head.capacity <= Self.reusableHeadSize ? head : []
    head = []
    kept.removeAll(keepingCapacity: true)
    self = Answer(bodySizeLimit: bodySizeLimit)
    head = kept
  }

  /// Takes a line of a head; false if there were too many bytes of them.
  mutating func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
    headerSize += line.count
    guard headerSize <= Self.headerSizeLimit else {
      isTooLarge = true
      return false
    }
    // What follows the final head are trailers, which nobody asked for.
    if hasHead { return true }
    guard unsafe isEmptyLine(line) else {
      unsafe head.append(contentsOf: line)
      return true
    }
    if let status = ResponseHead.statusCode(of: head), status < 200 {
      head.removeAll(keepingCapacity: true)
    } else {
      hasHead = true
    }
    return true
  }

  /// Takes a piece of the body; false if it made the body too large.
  mutating func receive(body piece: UnsafeRawBufferPointer) -> Bool {
    guard piece.count <= bodySizeLimit - body.count else {
      isTooLarge = true
      return false
    }
    unsafe body.append(contentsOf: piece)
    return true
  }

  private func isEmptyLine(_ line: UnsafeRawBufferPointer) -> Bool {
    unsafe line.allSatisfy { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
  }
}
