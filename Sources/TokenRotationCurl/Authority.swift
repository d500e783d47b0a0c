/// Host and port, as they stand between `://` and the path.
struct Authority {
  let host: String
  let port: Int?

  /// Reads `host`, `host:port`, `[address]` or `[address]:port`, nil for anything else.
  ///
  /// User names, percent escapes and international names are refused: libcurl would read them in its own way, and what
  /// is checked here has to be what it connects to.
  init?(_ text: some StringProtocol) {
    var port: Substring?
    let text = String(text)
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end].lowercased()
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":"), host.utf8.allSatisfy(Self.isInAddress) else { return nil }
      if !rest.isEmpty { port = rest.dropFirst() }
    } else {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      host = parts.first?.lowercased() ?? ""
      guard host.utf8.allSatisfy(Self.isInName) else { return nil }
      if parts.count == 2 { port = parts[1] }
    }
    guard !host.isEmpty else { return nil }
    if let port {
      guard port.utf8.allSatisfy(Self.isDigit), let number = Int(port), (1...65_535).contains(number) else {
        return nil
      }
      self.port = number
    } else {
      self.port = nil
    }
  }

  /// Whether what is sent there cannot leave this machine.
  var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy {
        UInt8($0) != nil && ($0.count == 1 || !$0.hasPrefix("0")) && $0.utf8.allSatisfy(Self.isDigit)
      }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isInAddress(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) || byte == UInt8(ascii: ":")
      || byte == UInt8(ascii: ".")
  }

  private static func isInName(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}
