#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where a person reads along.
public enum Terminal {
  /// Whether colours are shown: on a terminal, unless `NO_COLOR` says otherwise.
  public static let showsColor: Bool = {
    let refused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    return !refused && isatty(STDOUT_FILENO) == 1
  }()

  /// Prints a line at once, whether or not the output is a terminal: whoever started the program may wait for it.
  public static func print(_ line: String) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        return
      }
      bytes = bytes.dropFirst(written)
    }
  }
}
